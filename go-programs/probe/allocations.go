package probe

import "runtime"

// Allocations returns the heap objects and bytes that one call of f allocates, as the mean of n
// calls after one that is not counted. Other goroutines must rest.
func Allocations(n int, f func()) (objects, bytes float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < n; i++ {
		f()
	}
	runtime.ReadMemStats(&after)
	count := float64(n)
	return float64(after.Mallocs-before.Mallocs) / count,
		float64(after.TotalAlloc-before.TotalAlloc) / count
}

package probe

import (
	"sort"
	"time"
)

var clockBase = time.Now()

// Now reads the monotonic clock, in nanoseconds since the process started.
func Now() int64 { return int64(time.Since(clockBase)) }

// ClockCost measures what one Now costs, in nanoseconds: the median of several rounds.
func ClockCost() float64 {
	const rounds, readings = 15, 500
	costs := make([]float64, rounds)
	for i := range costs {
		start := Now()
		for j := 1; j < readings; j++ {
			Now()
		}
		costs[i] = float64(Now()-start) / readings
	}
	sort.Float64s(costs)
	return costs[rounds/2]
}

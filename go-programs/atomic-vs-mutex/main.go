// Atomic-vs-mutex measures a counter kept by an atomic and by a mutex, alone and contended, and the
// single atomic operations; and it holds a spinlock made of compare-and-swap to its promise.
package main

import (
	"runtime"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

// Batches of every case: the first ones warm up.
const (
	warmup  = 3
	samples = 12
)

// number has a cache line of its own.
type number struct {
	value int64
	_     [120]byte
}

func main() {
	p := probe.New("atomic-vs-mutex")
	goroutines := p.Int("goroutines", 1, "goroutines that count")
	ops := p.Uint64("ops", 100000, "additions in a sample, by all together")
	p.Case("alone", "one goroutine does each atomic operation on a variable of its own", func() { alone(p) })
	p.Case("counter", "goroutines add to one number, atomically and under a mutex", func() {
		counter(p, *goroutines, *ops)
	})
	p.Case("spinlock", "goroutines add to a number under a spinlock, on one processor and on two", func() {
		p.Outcome("lost-on-one-processor", spin(1, true))
		p.Outcome("lost-on-two-processors", spin(2, true))
		p.Outcome("lost-without-gosched", spin(2, false))
	})
	p.Main()
}

func alone(p *probe.Probe) {
	const target = 300000
	n := probe.Opaque(new(number))
	p.Bench("load", target, warmup, samples, func(ops uint64) {
		sum := int64(0)
		for i := uint64(0); i < ops; i++ {
			sum += atomic.LoadInt64(&n.value)
		}
		probe.Keep(sum)
	})
	p.Bench("store", target, warmup, samples, func(ops uint64) {
		for i := uint64(0); i < ops; i++ {
			atomic.StoreInt64(&n.value, int64(i))
		}
	})
	p.Bench("add", target, warmup, samples, func(ops uint64) {
		for i := uint64(0); i < ops; i++ {
			atomic.AddInt64(&n.value, 1)
		}
	})
	p.Bench("swap", target, warmup, samples, func(ops uint64) {
		sum := int64(0)
		for i := uint64(0); i < ops; i++ {
			sum += atomic.SwapInt64(&n.value, int64(i))
		}
		probe.Keep(sum)
	})
	failed := 0
	p.Bench("cas", target, warmup, samples, func(ops uint64) {
		atomic.StoreInt64(&n.value, 0)
		for i := int64(0); i < int64(ops); i++ {
			if !atomic.CompareAndSwapInt64(&n.value, i, i+1) {
				failed++
			}
		}
	})
	p.Check("failed swaps: " + strconv.Itoa(failed))
}

func counter(p *probe.Probe, goroutines int, ops uint64) {
	atomically, locked := new(number), new(number)
	var mu sync.Mutex
	first, n := counted(p, "atomic", goroutines, ops, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			atomic.AddInt64(&atomically.value, 1)
		}
	})
	second, m := counted(p, "mutex", goroutines, ops, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			mu.Lock()
			locked.value++
			mu.Unlock()
		}
	})
	if first == 0 || second == 0 {
		p.Absent("mutex-to-atomic", probe.One, "the goroutines never had their processors")
	} else {
		p.Value("mutex-to-atomic", probe.One, second/first)
	}
	if atomically.value == int64(n)*int64(ops) && locked.value == int64(m)*int64(ops) {
		p.Check("complete")
	} else {
		p.Check(strconv.FormatInt(atomically.value, 10) + " and " + strconv.FormatInt(locked.value, 10))
	}
}

// counted times batches of ops operations that goroutines share, and returns the median of those that
// count, 0 if none does, and how many there were.
func counted(p *probe.Probe, metric string, goroutines int, ops uint64, work func(n uint64)) (median float64, batches int) {
	type order struct {
		ops  uint64
		gate *gate
	}
	starts := make([]chan order, goroutines)
	var done sync.WaitGroup
	for i := range starts {
		starts[i] = make(chan order)
		go func(start <-chan order) {
			for order := range start {
				order.gate.enter()
				work(order.ops)
				done.Done()
			}
		}(starts[i])
	}
	var took []float64
	for i := 0; i < warmup+attempts*samples && len(took) < samples; i++ {
		ns, sound := batch(goroutines, func(gate *gate) {
			done.Add(goroutines)
			for which, start := range starts {
				start <- order{share(ops, goroutines, which), gate}
			}
			done.Wait()
		})
		batches++
		phase := probe.Warmup
		if i >= warmup && sound {
			phase = probe.Measure
			took = append(took, ns)
		}
		p.Sample(metric, probe.Nanoseconds, phase, ops, ns)
	}
	for _, start := range starts {
		close(start)
	}
	if len(took) == 0 {
		return 0, batches
	}
	sort.Float64s(took)
	return took[len(took)/2], batches
}

// share splits ops; the last goroutine takes the rest.
func share(ops uint64, goroutines, which int) uint64 {
	each := ops / uint64(goroutines)
	if which+1 == goroutines {
		return ops - each*uint64(goroutines-1)
	}
	return each
}

// spin returns how many of the increments under a spinlock are lost, or -1 where they take too long.
func spin(processors int, yield bool) int {
	const goroutines, each = 8, 10000
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	var lock int32
	total := 0
	var wg sync.WaitGroup
	wg.Add(goroutines)
	for i := 0; i < goroutines; i++ {
		go func() {
			defer wg.Done()
			for i := 0; i < each; i++ {
				for !atomic.CompareAndSwapInt32(&lock, 0, 1) {
					if yield {
						runtime.Gosched()
					}
				}
				total++
				atomic.StoreInt32(&lock, 0)
			}
		}()
	}
	if !probe.Returns(20*time.Second, wg.Wait) {
		return -1
	}
	return goroutines*each - total
}

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
	samples = 20
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
		// Several in a pass: the loop would take longer than the load.
		for ; ops >= 8; ops -= 8 {
			sum += atomic.LoadInt64(&n.value) + atomic.LoadInt64(&n.value) +
				atomic.LoadInt64(&n.value) + atomic.LoadInt64(&n.value) +
				atomic.LoadInt64(&n.value) + atomic.LoadInt64(&n.value) +
				atomic.LoadInt64(&n.value) + atomic.LoadInt64(&n.value)
		}
		for ; ops > 0; ops-- {
			sum += atomic.LoadInt64(&n.value)
		}
		probe.Keep(sum)
	})
	chain := probe.Opaque(make([]int64, 8))
	p.Bench("load-chain", target, warmup, samples, func(ops uint64) {
		at := int64(0)
		for ; ops > 0; ops-- {
			at = atomic.LoadInt64(&chain[at])
		}
		probe.Keep(at)
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
	atomics := newCounting("atomic", goroutines, ops, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			atomic.AddInt64(&atomically.value, 1)
		}
	})
	mutexes := newCounting("mutex", goroutines, ops, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			mu.Lock()
			locked.value++
			mu.Unlock()
		}
	})
	// In turn, so that whatever the machine does meets both.
	for i := 0; i < warmup+probe.ContentionAttempts*samples && (len(atomics.took) < samples || len(mutexes.took) < samples); i++ {
		atomics.batch(p, i < warmup)
		mutexes.batch(p, i < warmup)
	}
	atomics.end()
	mutexes.end()
	if len(atomics.took) == 0 || len(mutexes.took) == 0 {
		p.Absent("mutex-to-atomic", probe.One, "the goroutines never had their processors")
	} else {
		p.Value("mutex-to-atomic", probe.One, median(mutexes.took)/median(atomics.took))
	}
	if atomically.value == atomics.batches*int64(ops) && locked.value == mutexes.batches*int64(ops) {
		p.Check("complete")
	} else {
		p.Check(strconv.FormatInt(atomically.value, 10) + " and " + strconv.FormatInt(locked.value, 10))
	}
}

func median(values []float64) float64 {
	sort.Float64s(values)
	return values[len(values)/2]
}

// order is what a goroutine is told to do.
type order struct {
	ops  uint64
	gate *probe.Gate
}

// counting is goroutines that share ops additions a batch.
type counting struct {
	metric  string
	ops     uint64
	starts  []chan order
	done    sync.WaitGroup
	batches int64
	// took is the time of each batch that counts.
	took []float64
}

func newCounting(metric string, goroutines int, ops uint64, work func(n uint64)) *counting {
	c := &counting{metric: metric, ops: ops}
	for i := 0; i < goroutines; i++ {
		start := make(chan order)
		c.starts = append(c.starts, start)
		go func() {
			for order := range start {
				order.gate.Enter()
				work(order.ops)
				c.done.Done()
			}
		}()
	}
	return c
}

func (c *counting) batch(p *probe.Probe, isWarmup bool) {
	ns, sound := probe.Contend(len(c.starts), func(gate *probe.Gate) {
		c.done.Add(len(c.starts))
		for which, start := range c.starts {
			start <- order{share(c.ops, len(c.starts), which), gate}
		}
		c.done.Wait()
	})
	c.batches++
	phase := probe.Warmup
	if sound && !isWarmup {
		phase = probe.Measure
		c.took = append(c.took, ns)
	}
	p.Sample(c.metric, probe.Nanoseconds, phase, c.ops, ns)
}

func (c *counting) end() {
	for _, start := range c.starts {
		close(start)
	}
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

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
	t1 := counted(p, "atomic", goroutines, ops, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			atomic.AddInt64(&atomically.value, 1)
		}
	})
	t2 := counted(p, "mutex", goroutines, ops, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			mu.Lock()
			locked.value++
			mu.Unlock()
		}
	})
	p.Value("mutex-to-atomic", probe.One, t2/t1)
	total := int64((warmup + samples) * ops)
	if atomically.value == total && locked.value == total {
		p.Check("complete")
	} else {
		p.Check(strconv.FormatInt(atomically.value, 10) + " and " + strconv.FormatInt(locked.value, 10))
	}
}

// counted times batches of ops operations that goroutines share, and returns the median batch.
func counted(p *probe.Probe, metric string, goroutines int, ops uint64, work func(n uint64)) float64 {
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
	for i := 0; i < warmup+samples; i++ {
		done.Add(goroutines)
		gate := newGate(goroutines)
		for which, start := range starts {
			start <- order{share(ops, goroutines, which), gate}
		}
		done.Wait()
		ns := float64(probe.Now() - gate.begun)
		phase := probe.Warmup
		if i >= warmup {
			phase = probe.Measure
			took = append(took, ns)
		}
		p.Sample(metric, probe.Nanoseconds, phase, ops, ns)
	}
	for _, start := range starts {
		close(start)
	}
	sort.Float64s(took)
	return took[len(took)/2]
}

// gate lets goroutines begin together: the first ones wait until as many are there as there are
// processors, so that none has done its share before the second processor is awake.
type gate struct {
	need, arrived int32
	begun         int64
}

// patience is how long a goroutine waits at the gate for the others, in ns.
const patience = 2000000

func (g *gate) enter() {
	atomic.AddInt32(&g.arrived, 1)
	for start := probe.Now(); atomic.LoadInt32(&g.arrived) < g.need; {
		if probe.Now()-start > patience {
			break
		}
	}
	atomic.CompareAndSwapInt64(&g.begun, 0, probe.Now())
}

// newGate is a gate for n goroutines.
func newGate(n int) *gate {
	if processors := runtime.GOMAXPROCS(0); n > processors {
		n = processors
	}
	return &gate{need: int32(n)}
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

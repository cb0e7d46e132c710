// Defer-cost times functions that defer a call beside functions that make the same call themselves.
package main

import (
	"sort"
	"strconv"
	"sync"

	"harness/go-programs/probe"
)

// Batches of each of the two forms: the first ones warm up.
const (
	warmup  = 3
	samples = 40
)

// row is how many calls a function of the cases loop and nine defers.
const (
	row  = 8
	nine = 9
)

func main() {
	p := probe.New("defer-cost")
	ops := p.Uint64("ops", 14400, "calls in a sample, a multiple of 8 and of 9")
	c := &counter{on: probe.Opaque(true)}
	run := func(direct, deferred func(n uint64)) func() {
		return func() { compare(p, c, *ops, direct, deferred) }
	}
	p.Case("call", "one call at the end of a function", run(
		func(n uint64) {
			for ; n > 0; n-- {
				callDirectly(c)
			}
		},
		func(n uint64) {
			for ; n > 0; n-- {
				callDeferred(c)
			}
		}))
	p.Case("conditional", "one call behind a condition that holds", run(
		func(n uint64) {
			for ; n > 0; n-- {
				callOnCondition(c)
			}
		},
		func(n uint64) {
			for ; n > 0; n-- {
				deferOnCondition(c)
			}
		}))
	p.Case("lock", "a mutex that nobody else wants is locked and unlocked", run(
		func(n uint64) {
			for ; n > 0; n-- {
				unlockDirectly(c)
			}
		},
		func(n uint64) {
			for ; n > 0; n-- {
				unlockDeferred(c)
			}
		}))
	p.Case("loop", "eight calls, deferred in a loop", run(
		func(n uint64) {
			for ; n > 0; n -= row {
				callInLoop(c, row)
			}
		},
		func(n uint64) {
			for ; n > 0; n -= row {
				deferInLoop(c, row)
			}
		}))
	p.Case("nine", "nine calls, deferred one below the other", run(
		func(n uint64) {
			for ; n > 0; n -= nine {
				callNine(c)
			}
		},
		func(n uint64) {
			for ; n > 0; n -= nine {
				deferNine(c)
			}
		}))
	p.Main()
}

// compare times both forms in turn, so that whatever the machine does meets both, and records what
// the second costs more: the median of the differences between neighbours, which a phase of other
// work on the machine moves less than a difference of medians.
func compare(p *probe.Probe, c *counter, ops uint64, direct, deferred func(n uint64)) {
	took := [2][]float64{make([]float64, warmup+samples), make([]float64, warmup+samples)}
	for i := range took[0] {
		for form, work := range []func(uint64){direct, deferred} {
			start := probe.Now()
			work(ops)
			took[form][i] = float64(probe.Now() - start)
		}
	}
	for form, metric := range []string{"direct", "deferred"} {
		for i, ns := range took[form] {
			phase := probe.Measure
			if i < warmup {
				phase = probe.Warmup
			}
			p.Sample(metric, probe.Nanoseconds, phase, ops, ns)
		}
	}
	extra := make([]float64, samples)
	for i := range extra {
		extra[i] = took[1][warmup+i] - took[0][warmup+i]
	}
	p.Value("extra", probe.Nanoseconds, median(extra)/float64(ops))
	p.Check(strconv.FormatUint(c.calls, 10))
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// counter counts the calls.
type counter struct {
	mu    sync.Mutex
	calls uint64
	on    bool
}

//go:noinline
func (c *counter) count() { c.calls++ }

//go:noinline
func callDirectly(c *counter) { c.count() }

//go:noinline
func callDeferred(c *counter) { defer c.count() }

//go:noinline
func callOnCondition(c *counter) {
	if c.on {
		c.count()
	}
}

//go:noinline
func deferOnCondition(c *counter) {
	if c.on {
		defer c.count()
	}
}

//go:noinline
func unlockDirectly(c *counter) {
	c.mu.Lock()
	c.calls++
	c.mu.Unlock()
}

//go:noinline
func unlockDeferred(c *counter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
}

//go:noinline
func callInLoop(c *counter, n int) {
	for i := 0; i < n; i++ {
		c.count()
	}
}

//go:noinline
func deferInLoop(c *counter, n int) {
	for i := 0; i < n; i++ {
		defer c.count()
	}
}

//go:noinline
func callNine(c *counter) {
	c.count()
	c.count()
	c.count()
	c.count()
	c.count()
	c.count()
	c.count()
	c.count()
	c.count()
}

//go:noinline
func deferNine(c *counter) {
	defer c.count()
	defer c.count()
	defer c.count()
	defer c.count()
	defer c.count()
	defer c.count()
	defer c.count()
	defer c.count()
	defer c.count()
}

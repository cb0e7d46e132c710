// Defer-cost times functions that defer a call beside functions that make the same call themselves.
package main

import (
	"sort"
	"strconv"
	"sync"

	"harness/go-programs/probe"
)

// Batches of each of the two forms at each place: the first ones warm up.
const (
	warmup  = 2
	samples = 9
)

// row is how many calls a function of the cases loop and nine defers.
const (
	row  = 8
	nine = 9
)

func main() {
	p := probe.New("defer-cost")
	ops := p.Uint64("ops", 14400, "calls in a sample, a multiple of 8 and of 9")
	run := func(which func(place) pair) func() { return func() { compare(p, *ops, which) } }
	p.Case("call", "one call at the end of a function", run(func(at place) pair { return at.call }))
	p.Case("conditional", "one call behind a condition that holds", run(func(at place) pair { return at.conditional }))
	p.Case("lock", "a mutex that nobody else wants is locked and unlocked", run(func(at place) pair { return at.lock }))
	p.Case("loop", "eight calls, deferred in a loop", run(func(at place) pair { return at.loop }))
	p.Case("nine", "nine calls, deferred one below the other", run(func(at place) pair { return at.nine }))
	p.Main()
}

// pair is the two forms of a piece of work; each makes n calls.
type pair struct{ direct, deferred func(c *counter, n uint64) }

// place is a copy of everything that is timed. Where code, stack and data lie decides over a
// nanosecond here, and not every release can be linked in several layouts: so the functions are
// there at several places, and what counts is the place in the middle.
type place struct {
	call, conditional, lock, loop, nine pair
}

// places have functions of their own, since the compiler makes code for each size of T. Their callers
// keep a T on the stack, which moves the code behind it and the stack below it.
func places() []place {
	return []place{
		placeOf[[2]uint64](), placeOf[[4]uint64](), placeOf[[6]uint64](),
		placeOf[[8]uint64](), placeOf[[10]uint64](), placeOf[[12]uint64](),
		placeOf[[14]uint64](), placeOf[[16]uint64](), placeOf[[18]uint64](),
	}
}

func placeOf[T any]() place {
	return place{
		call:        pair{callsDirectly[T], callsDeferred[T]},
		conditional: pair{callsOnCondition[T], defersOnCondition[T]},
		lock:        pair{unlocksDirectly[T], unlocksDeferred[T]},
		loop:        pair{callsInLoops[T], defersInLoops[T]},
		nine:        pair{callsNine[T], defersNine[T]},
	}
}

// compare times both forms in turn, so that whatever the machine does meets both, and records what
// the second costs more: at each place the median of the differences between neighbours, which a phase
// of other work on the machine moves less than a difference of medians, and of these the one in the middle.
func compare(p *probe.Probe, ops uint64, which func(place) pair) {
	pairs, counters := []pair{}, []*counter{}
	for _, at := range places() {
		pairs = append(pairs, which(at))
		counters = append(counters, &counter{on: probe.Opaque(true)})
	}
	var took [warmup + samples][][2]float64
	for round := range took {
		took[round] = make([][2]float64, len(pairs))
	}
	for round := range took {
		for at, forms := range pairs {
			for form, work := range []func(*counter, uint64){forms.direct, forms.deferred} {
				start := probe.Now()
				work(counters[at], ops)
				took[round][at][form] = float64(probe.Now() - start)
			}
		}
	}
	extra := make([]float64, len(pairs))
	for at := range pairs {
		var differences []float64
		for round, times := range took {
			phase := probe.Measure
			if round < warmup {
				phase = probe.Warmup
			} else {
				differences = append(differences, times[at][1]-times[at][0])
			}
			p.Sample("direct", probe.Nanoseconds, phase, ops, times[at][0])
			p.Sample("deferred", probe.Nanoseconds, phase, ops, times[at][1])
		}
		extra[at] = median(differences) / float64(ops)
	}
	sort.Float64s(extra)
	p.Value("extra", probe.Nanoseconds, median(extra))
	p.Value("extra-at-best", probe.Nanoseconds, extra[0])
	p.Value("extra-at-worst", probe.Nanoseconds, extra[len(extra)-1])
	calls := uint64(0)
	for _, c := range counters {
		calls += c.calls
	}
	p.Check(strconv.FormatUint(calls, 10))
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// makeRoom is called with a T that then has to be on the caller's stack.
//
//go:noinline
func makeRoom[T any](T) {}

func callsDirectly[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n-- {
		callDirectly[T](c)
	}
}

func callsDeferred[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n-- {
		callDeferred[T](c)
	}
}

func callsOnCondition[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n-- {
		callOnCondition[T](c)
	}
}

func defersOnCondition[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n-- {
		deferOnCondition[T](c)
	}
}

func unlocksDirectly[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n-- {
		unlockDirectly[T](c)
	}
}

func unlocksDeferred[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n-- {
		unlockDeferred[T](c)
	}
}

func callsInLoops[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n -= row {
		callInLoop[T](c, row)
	}
}

func defersInLoops[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n -= row {
		deferInLoop[T](c, row)
	}
}

func callsNine[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n -= nine {
		callNine[T](c)
	}
}

func defersNine[T any](c *counter, n uint64) {
	var room T
	makeRoom(room)
	for ; n > 0; n -= nine {
		deferNine[T](c)
	}
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
func callDirectly[T any](c *counter) { c.count() }

//go:noinline
func callDeferred[T any](c *counter) { defer c.count() }

//go:noinline
func callOnCondition[T any](c *counter) {
	if c.on {
		c.count()
	}
}

//go:noinline
func deferOnCondition[T any](c *counter) {
	if c.on {
		defer c.count()
	}
}

//go:noinline
func unlockDirectly[T any](c *counter) {
	c.mu.Lock()
	c.calls++
	c.mu.Unlock()
}

//go:noinline
func unlockDeferred[T any](c *counter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
}

//go:noinline
func callInLoop[T any](c *counter, n int) {
	for i := 0; i < n; i++ {
		c.count()
	}
}

//go:noinline
func deferInLoop[T any](c *counter, n int) {
	for i := 0; i < n; i++ {
		defer c.count()
	}
}

//go:noinline
func callNine[T any](c *counter) {
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
func deferNine[T any](c *counter) {
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

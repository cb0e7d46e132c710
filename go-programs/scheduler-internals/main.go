// Scheduler-internals shows what Go's scheduler does by the order in which goroutines run: where a
// new one goes, when the global queue is looked at, what is stolen. It needs Linux.
package main

import (
	"runtime/debug"

	"harness/go-programs/probe"
)

// rounds is how often a case tries; a preemption can spoil one of them, so the most frequent result counts.
const rounds = 9

func main() {
	p := probe.New("scheduler-internals")
	p.Case("local-order", "order in which new goroutines run; needs GOMAXPROCS=1", quietly(func() {
		localOrder(p)
	}))
	p.Case("overflow", "what a full local queue gives away; needs GOMAXPROCS=1", quietly(func() {
		p.Outcome("moved-of-257", usual(func() int { return overtaken(257) }))
		moved := usual(func() int { return overtaken(258) })
		p.Outcome("moved-of-258", moved)
		p.Outcome("older-half-moves", moved == 128)
	}))
	p.Case("global-tick", "how often the global queue is served beside a busy local one; needs GOMAXPROCS=1", quietly(func() {
		p.Outcome("rounds-between", usual(roundsBetween))
	}))
	p.Case("steal", "where a processor without work looks; needs GOMAXPROCS=2", quietly(func() {
		// One goroutine more than stands in the queue: the newest has a slot of its own.
		p.Outcome("stolen-of-100", 1+usual(func() int { return firstElsewhere(101) }))
		p.Outcome("before-stealing", globalOrStolen())
		p.Outcome("network-or-stealing", networkOrStolen())
	}))
	p.Case("default-procs", "GOMAXPROCS where nobody sets it", func() { defaultProcs(p) })
	p.Case("procs", "GOMAXPROCS as it is, for default-procs", func() { procs(p) })
	p.Case("machines", "threads beside what the runtime calls an M", func() { machines(p) })
	p.Case("one-at-a-time", "whether two busy goroutines run at once; needs GOMAXPROCS=1", func() { oneAtATime(p) })
	p.Main()
}

// quietly runs a case without garbage collection: its workers are goroutines too.
func quietly(run func()) func() {
	return func() {
		debug.SetGCPercent(-1)
		run()
	}
}

// usual is the most frequent result of several tries, the smaller one of a tie.
func usual(try func() int) int {
	count := make(map[int]int)
	for i := 0; i < rounds; i++ {
		count[try()]++
	}
	best, times := 0, 0
	for result, n := range count {
		if n > times || n == times && result < best {
			best, times = result, n
		}
	}
	return best
}

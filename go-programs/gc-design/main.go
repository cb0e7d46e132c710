// Gc-design watches Go's collector at work: what runs while it marks, where it starts from, what it
// marks again, what it loses when stores go past its write barrier.
package main

import (
	"fmt"
	"os"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("gc-design")
	goroutines := p.Int("goroutines", 64, "goroutines with a deep stack, case stacks")
	barrier := p.Bool("barrier", true, "stores of the case mutate go through the write barrier")
	rounds := p.Int("rounds", keepRounds, "cycles of the collector, case mutate")
	p.Case("marking", "whether a goroutine runs, and the write barrier is on, while the collector marks",
		func() { marking(p) })
	p.Case("roots", "what is alive by a global, a stack or a register",
		func() { roots(p) })
	p.Case("ages", "whether age or a cycle of references keeps garbage alive",
		func() { ages(p) })
	p.Case("hiding", "children that move pointers while the collector marks, with and without the write barrier",
		func() { hiding(p) })
	p.Case("mutate", "the child of hiding",
		func() { mutate(*barrier, *rounds) })
	p.Case("stacks", "how much stack a cycle scans, while the goroutines run on",
		func() { stacks(p, *goroutines) })
	p.Case("sweeper", "whether a goroutine of the runtime sweeps",
		func() { sweeper(p) })
	p.Case("dump", "the child of sweeper: panic",
		func() { panic("to see the goroutines") })
	p.Main()
}

// fail ends the program: the environment did not let it do its work.
func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "gc-design: "+format+"\n", args...)
	os.Exit(1)
}

// Preemption shows what makes a goroutine give up its processor, and what a goroutine that does not
// costs the others. It needs Linux.
package main

import (
	"fmt"
	"os"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("preemption")
	loop := p.String("loop", "empty", "what the goroutines of spin do for ever: "+loopNames())
	goroutines := p.Int("goroutines", 1000, "goroutines of the case thousand, pieces of work of sequential")

	p.Case("signals", "children whose goroutines loop, with preemption by signals", func() { withSignals(p) })
	p.Case("cooperative", "the same children without such preemption", func() { withoutSignals(p) })
	p.Case("spin", "the child: goroutines loop for ever while main sleeps and then ends", func() { spin(*loop) })
	p.Case("urgent", "whether SIGURG arrives while a goroutine loops", func() { urgent(p) })
	p.Case("relay", "goroutines that wait for their turn by looking; needs GOMAXPROCS=1", func() { relay(p) })
	p.Case("thousand", "time of CPU-bound goroutines", func() { thousand(p, *goroutines) })
	p.Case("sequential", "time of the same work without goroutines", func() { sequential(p, *goroutines) })
	p.Main()
}

// fatal ends the process: without done, the invocation counts as failed.
func fatal(doing string, err error) {
	fmt.Fprintf(os.Stderr, "preemption: %s: %v\n", doing, err)
	os.Exit(1)
}

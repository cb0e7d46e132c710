// Gc-pauses measures what Go's collector costs a program that cannot wait: pauses that stop the
// world, stalls that code really sees, and when and how often the collector runs.
package main

import (
	"fmt"
	"os"

	"harness/go-programs/probe"
)

const mib = 1 << 20

// settings are the parameters of an invocation. GOGC and GOMEMLIMIT are environment variables.
type settings struct {
	liveMiB, allocMiB, ballastMiB, capMiB, intervalUs *int
	reuse, keep                                       *bool
}

func main() {
	p := probe.New("gc-pauses")
	s := settings{
		liveMiB:    p.Int("live-mib", 64, "MiB that stay alive"),
		allocMiB:   p.Int("alloc-mib", 0, "MiB to allocate in all (0: 384, or twice live-mib if that is more)"),
		ballastMiB: p.Int("ballast-mib", 0, "MiB of ballast, allocated and never touched"),
		capMiB:     p.Int("cap-mib", 160, "MiB of data that the kernel grants the case capped"),
		intervalUs: p.Int("interval-us", 100, "microseconds between two arrivals at the latency-sensitive goroutine"),
		reuse:      p.Bool("reuse", false, "use short-lived objects again instead of allocating new ones"),
		keep:       p.Bool("keep", false, "the case capped keeps all it allocates"),
	}
	p.Case("churn", "pauses and stalls while objects are allocated and a part of the live ones is replaced",
		func() { churn(p, s) })
	p.Case("cycles", "how often the collector runs for a given live heap",
		func() { cycles(p, s) })
	p.Case("defaults", "GOGC and memory limit that a program starts with",
		func() { defaults(p) })
	p.Case("forced", "run the collector 50 times",
		func() { forced(p) })
	p.Case("reclaim", "when dropped memory comes back",
		func() { reclaim(p) })
	p.Case("observe", "what GODEBUG=gctrace=1 and runtime/metrics say of a child's pauses",
		func() { observe(p) })
	p.Case("out-of-memory", "children whose memory the kernel caps, with and without GOMEMLIMIT",
		func() { outOfMemory(p, s) })
	p.Case("capped", "the child of out-of-memory: allocate under a cap",
		func() { capped(p, s) })
	p.Main()
}

// total is how much an invocation allocates.
func (s settings) total() int {
	switch {
	case *s.allocMiB > 0:
		return *s.allocMiB
	case 2**s.liveMiB > 384:
		return 2 * *s.liveMiB
	default:
		return 384
	}
}

// fail ends the program: the environment did not let it do its work.
func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "gc-pauses: "+format+"\n", args...)
	os.Exit(1)
}

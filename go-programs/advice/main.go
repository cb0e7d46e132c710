// Advice tries what can be tried of advice: what a memory limit does in place of a ballast, what very
// deep recursion costs, guarded maps and sorted keys, an end by signal, waiting under a lock, and
// trying an initialisation again.
package main

import "harness/go-programs/probe"

func main() {
	p := probe.New("advice")
	mode := p.String("mode", "none", "none, ballast or limit")
	depth := p.Int("depth", 200000, "nodes of the chain that is walked")
	p.Case("ballast", "how often the collector runs with a ballast, and with a memory limit instead", func() { ballast(p, *mode) })
	p.Case("deep", "walk a chain by recursion and with a stack of one's own", func() { deep(p, *depth) })
	p.Case("map-order", "keys of a map, as they come and sorted", func() { mapOrder(p) })
	p.Case("map-guard", "maps with and without a guard, in a race build", func() { mapGuard(p) })
	p.Case("signal", "SIGTERM for a main that blocks for ever, and for one that waits for a context", func() { signals(p) })
	p.Case("lock-io", "goroutines that wait for something with a lock held, and without", func() { lockIO(p) })
	p.Case("retry", "an initialisation that fails twice", func() { retry(p) })

	p.Case("child-map-plain", "two goroutines write to a map", func() { writeMap(plainMap()) })
	p.Case("child-map-mutex", "the same with a mutex", func() { writeMap(mutexMap()) })
	p.Case("child-map-sync", "the same with a sync.Map", func() { writeMap(syncMap()) })
	p.Case("child-select-forever", "a main that ends in an empty select gets SIGTERM", selectForever)
	p.Case("child-notify-context", "a main that waits for a context of signals gets SIGTERM", notifyContext)
	p.Main()
}

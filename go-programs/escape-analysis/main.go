// Escape-analysis counts what ordinary code allocates on the heap: what the compiler lets escape
// costs an object, what it keeps on the stack costs none.
package main

import "harness/go-programs/probe"

func main() {
	p := probe.New("escape-analysis")
	p.Case("allocations", "heap objects that a call of each function allocates", func() { allocations(p) })
	p.Case("collector", "cycles that millions of stack and of heap objects cause", func() { collector(p) })
	p.Case("moving-stack", "a stack variable and its pointer while the stack grows", func() { movingStack(p) })
	p.Main()
}

// calls is over how many calls the objects are averaged.
const calls = 100

// situation is a function and the key under which its heap objects are recorded.
type situation struct {
	key string
	run func()
}

func allocations(p *probe.Probe) {
	situations := append(append(pointers(), interfaces()...), slices()...)
	for _, s := range situations {
		objects, _ := probe.Allocations(calls, s.run)
		// What the runtime allocates for itself now and then is a small fraction of an object a call.
		p.Outcome(s.key, int(objects+0.5))
		if s.key == "append-64-local" {
			p.Outcome("append-64-grows-on-the-heap", objects > 1.5)
		}
	}
}

// Context shows what a context passes on: cancellation, deadlines, values, and what stays behind
// where nobody cancels.
package main

import (
	"time"

	"harness/go-programs/probe"
)

const (
	// soon is within what time something that must happen has to happen.
	soon = 5 * time.Second
	// patience is how long nothing must happen to be called nothing.
	patience = 300 * time.Millisecond
)

func main() {
	p := probe.New("context")
	p.Case("roots", "Background and TODO", func() { roots(p) })
	p.Case("deadlines", "contexts that end by themselves", func() { deadlines(p) })
	p.Case("tree", "who is cancelled with whom", func() { tree(p) })
	p.Case("loop", "computing loops that look at their context, and one that does not", func() { loop(p) })
	p.Case("broadcast", "a thousand goroutines wait for one context", func() { broadcast(p) })
	p.Case("leaks", "what contexts leave behind that nobody cancels", func() { leaks(p) })
	p.Case("values", "values found through children, and their keys", func() { values(p) })
	p.Main()
}

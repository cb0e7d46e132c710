// Errgroup shows what golang.org/x/sync/errgroup adds to a WaitGroup: the first error, a context
// that it cancels, and a limit. It is a program of a module of its own because it needs that one.
package main

import (
	"time"

	"harness/go-programs/probe"
)

// blocked is how long something must not return to count as blocked for ever.
const blocked = 300 * time.Millisecond

// patience is the limit for what does return, on a busy machine too.
const patience = 20 * time.Second

func main() {
	p := probe.New("ecosystem/errgroup")
	p.Case("errors", "the first error, waiting for all, and the context", func() { errs(p) })
	p.Case("parts", "what a Group is made of", func() { parts(p) })
	p.Case("limit", "how many goroutines run under SetLimit", func() { limit(p) })
	p.Case("loop", "closures of a loop that are given to Go", func() { loop(p) })
	p.Main()
}

// Select-patterns tries what select is used for: waiting for one of several channels, not waiting at
// all, stopping a loop, preferring one channel, and waiting for ever.
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
	p := probe.New("select-patterns")
	p.Case("waiting", "select with and without default, ready and not", func() { waiting(p) })
	p.Case("done-loop", "a loop that works until its context is cancelled", func() { doneLoop(p) })
	p.Case("priority", "a nested select that prefers one channel", func() { priority(p) })
	p.Case("empty", "what becomes of programs whose main is an empty select", func() { empty(p) })

	p.Case("child-alone", "child: main is an empty select, and nothing else runs", func() { select {} })
	p.Case("child-worker-ends", "child: the same beside a goroutine that ends soon", func() {
		go time.Sleep(50 * time.Millisecond)
		select {}
	})
	p.Case("child-worker-lives", "child: the same beside a goroutine that goes on", func() {
		go func() {
			for range time.NewTicker(5 * time.Millisecond).C {
			}
		}()
		select {}
	})
	p.Case("child-no-select", "child: main returns beside a goroutine that goes on", func() {
		go func() {
			for range time.NewTicker(5 * time.Millisecond).C {
			}
		}()
	})
	p.Main()
}

func empty(p *probe.Probe) {
	for _, child := range []string{"alone", "worker-ends", "worker-lives", "no-select"} {
		limit := patience
		if child == "worker-lives" {
			limit = 2 * blocked
		}
		p.Outcome(child, probe.RunChild(limit, nil, "--case=child-"+child).Fate())
	}
}

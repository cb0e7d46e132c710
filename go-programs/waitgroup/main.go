// Waitgroup shows what sync.WaitGroup does when it is used as meant, and what becomes of its usual
// misuses, with and without the race detector.
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
	p := probe.New("waitgroup")
	runs := p.Int("runs", 2000, "groups of four goroutines in an invocation")
	p.Case("api", "Add, Done and Wait, several rounds, and a negative counter", func() { api(p) })
	p.Case("early", "how often Wait returns before the goroutines have ended", func() { early(p, *runs) })
	p.Case("race", "what the race detector says of misuses, each in eight children", func() { race(p) })
	p.Case("child-by-value", "child: the group goes to its members by value", func() { passed(true) })
	p.Case("child-by-pointer", "child: the group goes to its members by pointer", func() { passed(false) })
	for _, m := range misuses {
		p.Case("child-"+m.name, "child: "+m.help, m.run)
	}
	p.Main()
}

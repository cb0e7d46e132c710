// Channel-semantics shows when channel operations block, what a send that has returned tells, in
// which order waiting goroutines are served, and how long a buffer hides a slow consumer.
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
	p := probe.New("channel-semantics")
	capacity := p.Int("capacity", 10000, "values that fit into the channel")
	rateIn := p.Int("rate-in", 50000, "values a second that the producer makes")
	rateOut := p.Int("rate-out", 25000, "values a second that the consumer takes")

	p.Case("rendezvous", "who waits for whom on an unbuffered channel", func() { rendezvous(p) })
	p.Case("buffered", "when operations on a channel with five places block", func() { buffered(p) })
	p.Case("handover", "what a send that has returned tells, asked of the race detector where it is built in", func() { handover(p) })
	p.Case("touch-unbuffered", "child: two goroutines share a variable, ordered by an unbuffered channel", func() { touch(p, 0) })
	p.Case("touch-buffered", "child: the same with a buffer of one", func() { touch(p, 1) })
	p.Case("latest-value", "a buffer of one as the place of the latest value", func() { latestValue(p) })
	p.Case("try-send", "select with default on a full channel", func() { trySend(p) })
	p.Case("queue", "the order in which waiting goroutines are served", func() { queue(p) })
	p.Case("slow-consumer", "a producer twice as fast as its consumer, until it blocks", func() {
		slowConsumer(p, *capacity, *rateIn, *rateOut)
	})
	p.Main()
}

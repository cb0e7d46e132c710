// Channel-latency measures what it costs to hand values over through channels, alone, between
// goroutines and through pipelines, and what a mutex costs for the same.
package main

import "harness/go-programs/probe"

// Batches of every case: the first ones warm up.
const (
	warmup  = 3
	samples = 30
)

func main() {
	p := probe.New("channel-latency")
	buffer := p.Int("buffer", 0, "buffer of the channels")
	senders := p.Int("senders", 1, "goroutines that send")
	ops := p.Uint64("ops", 19200, "operations in a sample, a multiple of 64")

	p.Case("uncontended", "one goroutine sends and receives on a buffered channel", func() {
		uncontended(p, *buffer, *ops)
	})
	p.Case("round-trip", "two goroutines send one value to and fro", func() {
		roundTrip(p, *buffer, *ops)
	})
	p.Case("throughput", "some goroutines send, one receives", func() {
		throughput(p, *buffer, *senders, *ops)
	})
	p.Case("batched", "as throughput, 64 values in each message", func() {
		batched(p, *buffer, *senders, *ops)
	})
	p.Case("pipeline", "one value at a time goes through a row of stages", func() {
		pipeline(p, *buffer, *ops)
	})
	p.Case("stream", "values follow one another through five stages", func() {
		stream(p, *buffer, *ops)
	})
	p.Case("lock", "one goroutine takes and releases a mutex", func() {
		lock(p, *ops)
	})
	p.Case("lock-contended", "some goroutines add to a number under a mutex", func() {
		lockContended(p, *senders, *ops)
	})
	p.Main()
}

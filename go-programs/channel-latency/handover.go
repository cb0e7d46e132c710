package main

import (
	"strconv"
	"sync"

	"harness/go-programs/probe"
)

// batch is how many values a message of the batched case holds.
const batch = 64

// runs is how many batches a case goes through.
const runs = warmup + samples

// uncontended times a send and a receive by the same goroutine, two operations.
func uncontended(p *probe.Probe, buffer int, ops uint64) {
	c := make(chan uint64, buffer)
	var sum uint64
	p.Batches("operation", ops, warmup, samples, func(n uint64) {
		for i := uint64(0); i < n/2; i++ {
			c <- i
			sum += <-c
		}
	})
	p.Check(delivered(sum, ops/2, 1))
}

// roundTrip times a value that goes to another goroutine and comes back: two hops.
func roundTrip(p *probe.Probe, buffer int, ops uint64) {
	to, fro := make(chan uint64, buffer), make(chan uint64, buffer)
	go func() {
		for v := range to {
			fro <- v + 1
		}
		close(fro)
	}()
	var last uint64
	p.Batches("round-trip", ops, warmup, samples, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			to <- last
			last = <-fro
		}
	})
	close(to)
	<-fro
	if last != ops*runs {
		p.Check("counted to " + strconv.FormatUint(last, 10))
		return
	}
	p.Check("complete")
}

// delivered says whether all values arrived, by their sum: each of the goroutines counts from 0 in
// every batch. It does not name ops, so that the two sides of a pair may choose batches that suit them.
func delivered(sum, ops uint64, goroutines int) string {
	var expected uint64
	for g := 0; g < goroutines; g++ {
		n := share(ops, goroutines, g)
		expected += n * (n - 1) / 2 * runs
	}
	if sum == expected {
		return "complete"
	}
	return "sum " + strconv.FormatUint(sum, 10) + " instead of " + strconv.FormatUint(expected, 10)
}

// share splits ops among the senders; the last one takes the rest.
func share(ops uint64, senders, which int) uint64 {
	each := ops / uint64(senders)
	if which == senders-1 {
		return ops - each*uint64(senders-1)
	}
	return each
}

// throughput times messages from several senders to one receiver, goroutines started once.
func throughput(p *probe.Probe, buffer, senders int, ops uint64) {
	c := make(chan uint64, buffer)
	start := make([]chan uint64, senders)
	for s := range start {
		start[s] = make(chan uint64, 1)
		go func(start <-chan uint64) {
			for n := range start {
				for i := uint64(0); i < n; i++ {
					c <- i
				}
			}
		}(start[s])
	}
	var sum uint64
	p.Batches("message", ops, warmup, samples, func(n uint64) {
		for s := range start {
			start[s] <- share(n, senders, s)
		}
		for i := uint64(0); i < n; i++ {
			sum += <-c
		}
	})
	for s := range start {
		close(start[s])
	}
	p.Check(delivered(sum, ops, senders))
}

// batched times values that travel 64 in a message; the arrays go by value, so nothing is allocated.
func batched(p *probe.Probe, buffer, senders int, ops uint64) {
	c := make(chan [batch]uint64, buffer)
	start := make([]chan uint64, senders)
	for s := range start {
		start[s] = make(chan uint64, 1)
		go func(start <-chan uint64) {
			var message [batch]uint64
			for n := range start {
				for i := uint64(0); i < n; i++ {
					message[i%batch] = i
					if i%batch == batch-1 {
						c <- message
					}
				}
			}
		}(start[s])
	}
	var sum uint64
	p.Batches("message", ops, warmup, samples, func(n uint64) {
		messages := uint64(0)
		for s := range start {
			values := share(n, senders, s)
			messages += values / batch
			start[s] <- values
		}
		for i := uint64(0); i < messages; i++ {
			for _, v := range <-c {
				sum += v
			}
		}
	})
	for s := range start {
		close(start[s])
	}
	p.Check(delivered(sum, ops, senders))
}

// lock times taking and releasing a mutex that nobody else wants.
func lock(p *probe.Probe, ops uint64) {
	var mu sync.Mutex
	var sum uint64
	p.Batches("critical-section", ops, warmup, samples, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			mu.Lock()
			sum += i
			mu.Unlock()
		}
	})
	p.Check(delivered(sum, ops, 1))
}

// lockContended times critical sections of goroutines that all want the same mutex.
func lockContended(p *probe.Probe, goroutines int, ops uint64) {
	var mu sync.Mutex
	var sum uint64
	start := make([]chan uint64, goroutines)
	done := make(chan struct{}, goroutines)
	for g := range start {
		start[g] = make(chan uint64, 1)
		go func(start <-chan uint64) {
			for n := range start {
				for i := uint64(0); i < n; i++ {
					mu.Lock()
					sum += i
					mu.Unlock()
				}
				done <- struct{}{}
			}
		}(start[g])
	}
	p.Batches("critical-section", ops, warmup, samples, func(n uint64) {
		for g := range start {
			start[g] <- share(n, goroutines, g)
		}
		for range start {
			<-done
		}
	})
	for g := range start {
		close(start[g])
	}
	p.Check(delivered(sum, ops, goroutines))
}

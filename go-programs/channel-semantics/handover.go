package main

import (
	"strings"
	"time"

	"harness/go-programs/probe"
)

// handover asks two things. Has a receiver come to its receive when the send returns? That is
// ordering, and the race detector knows it. Has it done anything with the value? Nobody promises that.
func handover(p *probe.Probe) {
	for _, kind := range []string{"unbuffered", "buffered"} {
		child := probe.RunChild(patience, []string{"GORACE=atexit_sleep_ms=0"}, "--case=touch-"+kind)
		p.Outcome("race-"+kind, strings.Contains(child.Stderr, "DATA RACE"))
		p.Outcome("fate-"+kind, child.Fate())
	}
}

// touch lets the receiver write a variable before it receives and the sender read it after it has
// sent. Without a buffer the receive comes before the send's return, so the two are in order.
func touch(p *probe.Probe, buffer int) {
	c := make(chan int, buffer)
	written, stop := 0, make(chan struct{})
	go func() {
		written = 1
		<-c
		<-stop
	}()
	c <- 1
	// A buffered send does not wait; the detector compares order, not time.
	time.Sleep(20 * time.Millisecond)
	p.Outcome("written", written)
	close(stop)
}

func latestValue(p *probe.Probe) {
	const last = 10
	c := make(chan int, 1)
	for i := 1; i <= last; i++ {
		select {
		case c <- i:
		default:
		}
	}
	p.Outcome("try-send-keeps", <-c)
	for i := 1; i <= last; i++ {
		replace(c, i)
	}
	p.Outcome("replacing-send-keeps", <-c)

	// The same beside a consumer that takes a value now and then.
	const values = 200000
	go func() {
		for i := 1; i <= values; i++ {
			replace(c, i)
		}
	}()
	previous, ascending := 0, true
	p.Outcome("consumer-sees-the-last-value", probe.Returns(patience, func() {
		for previous != values {
			v := <-c
			ascending = ascending && v > previous
			previous = v
		}
	}))
	p.Outcome("consumer-never-goes-back", ascending)
}

// replace takes an old value out, if there is one, and puts the new one in. With one producer it
// never blocks.
func replace(c chan int, v int) {
	select {
	case <-c:
	default:
	}
	c <- v
}

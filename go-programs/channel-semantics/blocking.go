package main

import (
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

// late is how much later than the one side the other one comes.
const late = 50 * time.Millisecond

func rendezvous(p *probe.Probe) {
	forSender, forReceiver := make(chan int), make(chan int)
	sent := make(chan bool)
	go func() { sent <- probe.Returns(blocked, func() { forSender <- 1 }) }()
	p.Outcome("receive-returns-alone", probe.Returns(blocked, func() { <-forReceiver }))
	p.Outcome("send-returns-alone", <-sent)

	c := make(chan int)
	var came int32
	go func() {
		time.Sleep(late)
		atomic.StoreInt32(&came, 1)
		<-c
	}()
	c <- 1
	p.Outcome("send-waits-for-the-receiver", atomic.LoadInt32(&came) == 1)
	go func() {
		time.Sleep(late)
		atomic.StoreInt32(&came, 2)
		c <- 7
	}()
	got := <-c
	p.Outcome("receive-waits-for-the-sender", atomic.LoadInt32(&came) == 2)
	p.Outcome("value-received", got)
}

func buffered(p *probe.Probe) {
	const places = 5
	c := make(chan int, places)
	var sent int64
	full := make(chan struct{})
	go func() {
		for i := 0; i <= places; i++ {
			c <- i
			atomic.AddInt64(&sent, 1)
		}
		close(full)
	}()
	empty := make(chan int, places)
	p.Outcome("receive-of-empty-returns", probe.Returns(blocked, func() { <-empty }))
	p.Outcome("send-to-the-waiting-receiver-returns", probe.Returns(patience, func() { empty <- 1 }))
	p.Outcome("sends-before-one-blocks", atomic.LoadInt64(&sent))
	p.Outcome("receive-with-values-returns", probe.Returns(patience, func() { <-c }))
	p.Outcome("blocked-send-returns-after-a-receive", probe.Returns(patience, func() { <-full }))
}

func trySend(p *probe.Probe) {
	const tries = 1000
	c := make(chan int, 2)
	try := func() bool {
		select {
		case c <- 1:
			return true
		default:
			return false
		}
	}
	p.Outcome("sends-into-free-places", try() && try())
	refused := 0
	p.Outcome("all-tries-return", probe.Returns(patience, func() {
		for i := 0; i < tries; i++ {
			if !try() {
				refused++
			}
		}
	}))
	p.Outcome("default-taken-of-1000", refused)
	p.Outcome("values-in-the-channel", len(c))
}

package main

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

// filled returns a closed channel that still holds 1, 2 and 3.
func filled() chan int {
	c := make(chan int, 3)
	for v := 1; v <= 3; v++ {
		c <- v
	}
	close(c)
	return c
}

func receive(p *probe.Probe) {
	c := filled()
	var seen []string
	p.Outcome("receives-return", probe.Returns(patience, func() {
		for i := 0; i < 5; i++ {
			v, ok := <-c
			seen = append(seen, fmt.Sprint(v, " ", ok))
		}
	}))
	p.Outcome("values-with-ok", strings.Join(seen, ", "))
	p.Outcome("later-receives-return", probe.Returns(patience, func() {
		for i := 0; i < 1000; i++ {
			<-c
		}
	}))
	type pair struct {
		text string
		next *pair
	}
	pairs := make(chan pair)
	close(pairs)
	v, ok := <-pairs
	p.Outcome("ok-of-a-closed-channel", ok)
	p.Outcome("value-is-zero", v == pair{})

	sum := 0
	p.Outcome("range-ends", probe.Returns(patience, func() {
		for v := range filled() {
			sum += v
		}
	}))
	p.Outcome("range-sum", sum)
	open := make(chan int, 3)
	open <- 1
	p.Outcome("range-over-an-open-channel-ends", probe.Returns(blocked, func() {
		for range open {
		}
	}))
}

func misuse(p *probe.Probe) {
	c := make(chan int, 1)
	close(c)
	p.Outcome("send", probe.Panics(func() { c <- 1 }))
	p.Outcome("send-in-select", probe.Panics(func() {
		select {
		case c <- 1:
		default:
		}
	}))
	p.Outcome("close", probe.Panics(func() { close(c) }))

	// A sender that waits already.
	full := make(chan int)
	said := make(chan string)
	go func() { said <- probe.Panics(func() { full <- 1 }) }()
	select {
	case v := <-said:
		p.Outcome("waiting-send", "did not wait: "+v)
		return
	case <-time.After(blocked):
	}
	close(full)
	p.Outcome("waiting-send", <-said)
}

// waiters is how many goroutines wait for one close.
const waiters = 1000

func broadcast(p *probe.Probe) {
	done := make(chan struct{})
	var woken int64
	var all sync.WaitGroup
	all.Add(waiters)
	for i := 0; i < waiters; i++ {
		go func() {
			defer all.Done()
			<-done
			atomic.AddInt64(&woken, 1)
		}()
	}
	time.Sleep(blocked / 3)
	p.Outcome("woken-before-the-close", atomic.LoadInt64(&woken))
	close(done)
	p.Outcome("all-return", probe.Returns(patience, all.Wait))
	p.Outcome("woken-by-one-close", atomic.LoadInt64(&woken))
	p.Outcome("later-receive-returns", probe.Returns(patience, func() { <-done }))

	// A value wakes one of them.
	one := make(chan struct{})
	woken = 0
	for i := 0; i < 10; i++ {
		go func() {
			<-one
			atomic.AddInt64(&woken, 1)
		}()
	}
	one <- struct{}{}
	time.Sleep(blocked / 3)
	p.Outcome("woken-by-one-value", atomic.LoadInt64(&woken))
}

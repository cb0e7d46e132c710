package main

import (
	"runtime"
	"strings"
	"time"

	"harness/go-programs/probe"
)

// waiters is how many goroutines queue up.
const waiters = 100

// queue parks goroutines one after the other, so that their order is known, and then serves them.
func queue(p *probe.Probe) {
	c := make(chan int)
	got := make(chan [2]int, waiters)
	for i := 0; i < waiters; i++ {
		i := i
		go func() { got <- [2]int{i, <-c} }()
		untilParked(i+1, "chan receive")
	}
	for v := 0; v < waiters; v++ {
		c <- v
	}
	misplaced := 0
	for i := 0; i < waiters; i++ {
		if pair := <-got; pair[0] != pair[1] {
			misplaced++
		}
	}
	p.Outcome("receivers-out-of-order", misplaced)

	for i := 0; i < waiters; i++ {
		i := i
		go func() { c <- i }()
		untilParked(i+1, "chan send")
	}
	misplaced = 0
	for v := 0; v < waiters; v++ {
		if <-c != v {
			misplaced++
		}
	}
	p.Outcome("senders-out-of-order", misplaced)
}

// untilParked waits until n goroutines are in state, as a traceback tells.
func untilParked(n int, state string) {
	buffer := make([]byte, 1<<18)
	for parkedIn(string(buffer[:runtime.Stack(buffer, true)]), state) < n {
		time.Sleep(100 * time.Microsecond)
	}
}

func parkedIn(traceback, state string) int {
	return strings.Count(traceback, " ["+state+"]:") + strings.Count(traceback, " ["+state+",")
}

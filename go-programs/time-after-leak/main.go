// Time-after-leak weighs what timeouts leave on the heap when the message wins: time.After in a
// loop, a timer that is stopped, and a timer that is used again.
package main

import (
	"runtime"
	"strconv"
	"strings"
	"time"

	"harness/go-programs/probe"
)

// patience is the limit for what does return, on a busy machine too.
const patience = 20 * time.Second

// timerSize is less than a timer with its channel takes on any release. What retains more than
// this for each iteration retains timers.
const timerSize = 64

func main() {
	p := probe.New("time-after-leak")
	steps := p.Int("steps", 4, "readings of the heap after the first one")
	each := p.Int("each", 20000, "iterations between two readings")

	p.Case("after", "time.After in each iteration", func() {
		leaks := retained(p, *steps, *each, time.Hour, after)
		p.Outcome("leaks", leaks)
		// The first holds for a module with the release's own go line, the second for one with an old one.
		p.Outcome("only-before-1.23", leaks == !collectable)
		p.Outcome("only-before-1.27", leaks == switchable)
	})
	p.Case("stopped", "time.NewTimer and Stop in each iteration", func() {
		p.Outcome("leaks", retained(p, *steps, *each, time.Hour, stopped))
	})
	p.Case("reset", "one timer, stopped and reset in each iteration", func() {
		timer := time.NewTimer(time.Hour)
		p.Outcome("leaks", retained(p, *steps, *each, time.Hour, func(c <-chan int, d time.Duration) { reset(timer, c, d) }))
	})
	p.Case("fires", "time.After in each iteration, weighed before and after the timers fire", func() { fires(p) })
	p.Case("asynctimerchan", "the case after under GODEBUG=asynctimerchan=1", func() {
		child := probe.RunChild(patience, []string{"GODEBUG=asynctimerchan=1"}, "--case=after",
			"--steps=1", "--each="+strconv.Itoa(*each))
		p.Outcome("fate", child.Fate())
		if child.Fate() == "finished" {
			p.Outcome("leaks", strings.Contains(child.Stdout, `"key":"leaks","value":true`))
		}
	})
	p.Main()
}

// after is the select in question: a message is there, and the timeout is far away.
func after(c <-chan int, d time.Duration) {
	select {
	case <-c:
	case <-time.After(d):
	}
}

func stopped(c <-chan int, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
	case <-timer.C:
	}
}

func reset(timer *time.Timer, c <-chan int, d time.Duration) {
	if !timer.Stop() {
		// Only a timer that has fired before 1.23 has something to drain.
		select {
		case <-timer.C:
		default:
		}
	}
	timer.Reset(d)
	select {
	case <-c:
	case <-timer.C:
	}
}

// retained reads the heap after more and more iterations. It says whether each of them left at least
// a timer behind.
func retained(p *probe.Probe, steps, each int, d time.Duration, wait func(<-chan int, time.Duration)) bool {
	c := make(chan int, 1)
	repeat(c, 100, d, wait)
	start := heap()
	last := uint64(0)
	p.SampleAt("retained", probe.Bytes, probe.Measure, 1, 0, 0)
	for step := 1; step <= steps; step++ {
		repeat(c, each, d, wait)
		last = since(start)
		p.SampleAt("retained", probe.Bytes, probe.Measure, 1, float64(last), float64(step*each))
	}
	return last > uint64(steps*each*timerSize)
}

func repeat(c chan int, n int, d time.Duration, wait func(<-chan int, time.Duration)) {
	for i := 0; i < n; i++ {
		c <- i
		wait(c, d)
	}
}

// heap is what lives on the heap. The first collection may leave objects that became free while it
// marked; the second one takes them.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func since(start uint64) uint64 {
	if now := heap(); now > start {
		return now - start
	}
	return 0
}

func fires(p *probe.Probe) {
	const (
		n       = 5000
		timeout = 400 * time.Millisecond
	)
	c := make(chan int, 1)
	repeat(c, 100, time.Millisecond, after)
	time.Sleep(20 * time.Millisecond)
	start := heap()
	repeat(c, n, timeout, after)
	p.Outcome("held-before-they-fire", since(start) > n*timerSize)
	time.Sleep(timeout + timeout/2)
	p.Outcome("held-after-they-fired", since(start) > n*timerSize/4)
}

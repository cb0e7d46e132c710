package main

import (
	"context"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

func waiting(p *probe.Probe) {
	a, b, c := make(chan int), make(chan int), make(chan int)
	taken := make(chan string, 1)
	choose := func() {
		select {
		case <-a:
			taken <- "a"
		case <-b:
			taken <- "b"
		case c <- 1:
			taken <- "c"
		}
	}
	returned := make(chan struct{})
	go func() {
		choose()
		close(returned)
	}()
	select {
	case <-returned:
		p.Outcome("returns-before-a-case-is-ready", true)
	case <-time.After(blocked):
		p.Outcome("returns-before-a-case-is-ready", false)
	}
	b <- 1
	p.Outcome("returns-when-one-is-ready", probe.Returns(patience, func() { <-returned }))
	p.Outcome("case-taken", <-taken)

	const tries = 1000
	defaults := 0
	p.Outcome("tries-return", probe.Returns(patience, func() {
		for i := 0; i < tries; i++ {
			select {
			case <-a:
			case c <- 1:
			default:
				defaults++
			}
		}
	}))
	p.Outcome("default-taken-of-1000-when-nothing-is-ready", defaults)
	ready := make(chan int)
	close(ready)
	defaults = 0
	for i := 0; i < tries; i++ {
		select {
		case <-ready:
		default:
			defaults++
		}
	}
	p.Outcome("default-taken-of-1000-when-a-case-is-ready", defaults)
}

// work is the loop that is to stop. It counts what it has done.
func work(ctx context.Context, items <-chan int, done *int64) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-items:
			atomic.AddInt64(done, 1)
		}
	}
}

// said waits for a loop's result.
func said(result <-chan error, limit time.Duration) string {
	select {
	case err := <-result:
		return err.Error()
	case <-time.After(limit):
		return "nothing"
	}
}

func doneLoop(p *probe.Probe) {
	// Nothing to do: it waits for both.
	ctx, cancel := context.WithCancel(context.Background())
	var done int64
	result := make(chan error, 1)
	go func() { result <- work(ctx, make(chan int), &done) }()
	p.Outcome("idle-loop-ends-by-itself", said(result, blocked))
	cancel()
	p.Outcome("idle-loop-says", said(result, patience))

	// Always something to do: both cases are ready, and some items are still taken.
	items := make(chan int)
	close(items)
	const loops = 2000
	after := int64(0)
	stopped := 0
	for i := 0; i < loops; i++ {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if work(ctx, items, &after) == context.Canceled {
			stopped++
		}
	}
	p.Outcome("busy-loops-stopped-of-2000", stopped)
	p.Outcome("busy-loops-did-nothing-after-the-end", after == 0)
	p.Value("items-after-the-end", probe.One, float64(after)/loops)

	// Work that does not look at the context is not interrupted.
	ctx, cancel = context.WithCancel(context.Background())
	entered, release, stuck := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stuck)
		one := make(chan int, 1)
		one <- 1
		for {
			select {
			case <-ctx.Done():
				return
			case <-one:
				close(entered)
				<-release
			}
		}
	}()
	<-entered
	cancel()
	p.Outcome("loop-inside-an-item-stops", probe.Returns(blocked, func() { <-stuck }))
	close(release)
	p.Outcome("loop-stops-after-the-item", probe.Returns(patience, func() { <-stuck }))
}

// next prefers high: only where it has nothing is low asked too.
func next(high, low <-chan int) (isHigh bool) {
	select {
	case <-high:
		return true
	default:
	}
	select {
	case <-high:
		return true
	case <-low:
		return false
	}
}

func priority(p *probe.Probe) {
	const items = 1000
	fill := func() (high, low chan int) {
		high, low = make(chan int, items), make(chan int, items)
		for i := 0; i < items; i++ {
			high <- i
			low <- i
		}
		return high, low
	}
	// lowFirst counts what is taken from low while high still has something.
	lowFirst := func(take func(high, low <-chan int) bool) (early int) {
		high, low := fill()
		for len(high) > 0 {
			if !take(high, low) {
				early++
			}
		}
		return early
	}
	p.Outcome("low-before-the-last-high", lowFirst(next))
	plain := lowFirst(func(high, low <-chan int) bool {
		select {
		case <-high:
			return true
		case <-low:
			return false
		}
	})
	p.Outcome("plain-select-takes-low-early", plain > items/2)

	// Low is served where high has nothing, also while the select waits for both.
	high, low := make(chan int, 1), make(chan int, 1)
	low <- 1
	p.Outcome("low-is-served-alone", !next(high, low))
	served := make(chan bool, 1)
	go func() { served <- next(high, low) }()
	p.Outcome("waits-for-both", !probe.Returns(blocked/3, func() { served <- <-served }))
	low <- 1
	p.Outcome("waiting-select-takes-low", !<-served)
}

package main

import (
	"runtime"
	"sync"
	"time"
)

const (
	// patience is how long something that should happen may take on a busy machine.
	patience = 3 * time.Second
	// blocked is after how long something that has not returned counts as blocked.
	blocked = 300 * time.Millisecond
	// linger is how long a visit goes on, for one visitor too many to show up.
	linger = time.Millisecond
)

// gauge counts how many are inside at once. Visitors stay until goal of them have been inside
// together, so that the count does not depend on how fast anybody is.
type gauge struct {
	mu            sync.Mutex
	running, peak int
	goal          int
	reached       chan struct{}
	once          sync.Once
}

func newGauge(goal int) *gauge {
	g := &gauge{goal: goal, reached: make(chan struct{})}
	time.AfterFunc(patience, g.open)
	return g
}

func (g *gauge) open() { g.once.Do(func() { close(g.reached) }) }

func (g *gauge) visit() {
	g.mu.Lock()
	g.running++
	if g.running > g.peak {
		g.peak = g.running
	}
	if g.running == g.goal {
		g.open()
	}
	g.mu.Unlock()
	<-g.reached
	time.Sleep(linger)
	g.mu.Lock()
	g.running--
	g.mu.Unlock()
}

func (g *gauge) most() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.peak
}

func (g *gauge) inside() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running
}

// eventually waits until condition holds, and reports whether it came to that within limit.
func eventually(limit time.Duration, condition func() bool) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(linger) {
		if condition() {
			return true
		}
	}
	return condition()
}

// left returns how many goroutines there are beyond before, after they had time to end.
func left(before int) int {
	eventually(patience, func() bool { return runtime.NumGoroutine() <= before })
	return runtime.NumGoroutine() - before
}

package main

import (
	"runtime"
	"time"

	"harness/go-programs/probe"
)

// merge sends what comes from a and b to the channel that it returns, and closes that when both are
// closed. turns counts how often the select was asked; read it when the result is closed.
func merge(a, b <-chan int, turns *int) <-chan int {
	merged := make(chan int)
	go func() {
		defer close(merged)
		forward := func(v int, ok bool, from *<-chan int) {
			if ok {
				merged <- v
			} else {
				*from = nil
			}
		}
		for a != nil || b != nil {
			*turns++
			select {
			case v, ok := <-a:
				forward(v, ok, &a)
			case v, ok := <-b:
				forward(v, ok, &b)
			}
		}
	}()
	return merged
}

// source returns a channel that gives the values from first on, and is closed then.
func source(first, n int) <-chan int {
	c := make(chan int)
	go func() {
		for v := first; v < first+n; v++ {
			c <- v
		}
		close(c)
	}()
	return c
}

func merging(p *probe.Probe) {
	before := runtime.NumGoroutine()
	for _, inputs := range []struct {
		name   string
		values [2]int
	}{
		{"both", [2]int{5, 7}}, {"first-empty", [2]int{0, 7}}, {"second-empty", [2]int{1000, 0}},
	} {
		name, pair := inputs.name, inputs.values
		turns, counts, inOrder := 0, [2]int{}, true
		next := [2]int{0, 1 << 20}
		ends := probe.Returns(patience, func() {
			for v := range merge(source(0, pair[0]), source(1<<20, pair[1]), &turns) {
				which := v >> 20
				inOrder = inOrder && v == next[which]
				next[which]++
				counts[which]++
			}
		})
		p.Outcome(name+"-ends", ends)
		p.Outcome(name+"-complete-and-in-order", counts == pair && inOrder)
		// One turn for each value, and one for each end.
		p.Outcome(name+"-idle-turns", turns-pair[0]-pair[1]-2)
	}
	for wait := 0; runtime.NumGoroutine() > before && wait < 1000; wait++ {
		time.Sleep(time.Millisecond)
	}
	p.Outcome("goroutines-left", runtime.NumGoroutine()-before)
	p.Outcome("spins-where-nil-is-not-set", spins())
}

// spins is the rival: a select that keeps a closed channel asks it again and again.
func spins() bool {
	closed, value := make(chan int), make(chan int)
	close(closed)
	go func() {
		time.Sleep(20 * time.Millisecond)
		value <- 1
	}()
	for turns := 0; ; turns++ {
		select {
		case <-closed:
		case <-value:
			return turns > 1000
		}
	}
}

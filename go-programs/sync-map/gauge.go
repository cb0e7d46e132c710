package main

import (
	"runtime"
	"sync"

	"harness/go-programs/probe"
)

const (
	// spins takes about a millisecond.
	spins = 1 << 20
	// enough is the share of the processors that must be at hand. A busy machine gives a program of two threads hardly
	// more than one processor, and where nothing runs at the same time nobody waits for a lock.
	enough = 0.8
)

// gauge tells how many processors the program really has, by work that shares nothing.
type gauge struct {
	width int
	alone float64
}

func newGauge(workers int) *gauge {
	g := &gauge{width: runtime.GOMAXPROCS(0)}
	if workers < g.width {
		g.width = workers
	}
	// Short tries: one of them is undisturbed even on a busy machine.
	for i := 0; i < 16; i++ {
		if took := spinAll(1, spins/8) * 8; g.alone == 0 || took < g.alone {
			g.alone = took
		}
	}
	return g
}

// spinAll is how long width goroutines take that all do the same.
func spinAll(width, spins int) float64 {
	var wg sync.WaitGroup
	wg.Add(width)
	start := probe.Now()
	for i := 0; i < width; i++ {
		go func() {
			rng := probe.NewRand(1)
			sum := uint64(0)
			for n := 0; n < spins; n++ {
				sum ^= rng.Uint64()
			}
			probe.Keep(sum)
			wg.Done()
		}()
	}
	wg.Wait()
	return float64(probe.Now() - start)
}

// processors is how many there are at the moment, at most as many as may be used.
func (g *gauge) processors() float64 {
	at := float64(g.width) * g.alone / spinAll(g.width, spins)
	if at > float64(g.width) {
		return float64(g.width)
	}
	return at
}

func (g *gauge) passes(processors float64) bool {
	return processors >= enough*float64(g.width)
}

package main

import (
	"runtime"
	"sync"

	"harness/go-programs/probe"
)

const (
	divers = 16
	// diveFrames fill more than half of a stack of 1 MiB, so that it has just that size.
	diveFrames = 600
)

// dive goes down deepest frames of about 1 KiB and comes back to the frame hold, where it waits.
//
//go:noinline
func dive(level, hold, deepest int, ready *sync.WaitGroup, release <-chan struct{}) byte {
	var here [kib]byte
	here[level&(kib-1)] = 1
	if level < deepest {
		here[0] += dive(level+1, hold, deepest, ready, release)
	}
	if level == hold {
		ready.Done()
		<-release
	}
	return here[level&(kib-1)]
}

// shrink looks at the memory of stacks that were deep, after each of some collections.
func shrink(p *probe.Probe) {
	after := stacksAfter(0, 12)
	p.Outcome("first-collection-halves", near(after[1], after[0]/2))
	p.Outcome("released-in-the-end", after[len(after)-1] < after[0]/8)
	// Of 1 MiB, 200 frames are about a fifth, 320 about a third.
	after = stacksAfter(200, 1)
	p.Outcome("shrinks-at-a-fifth", near(after[1], after[0]/2))
	after = stacksAfter(320, 1)
	p.Outcome("shrinks-at-a-third", near(after[1], after[0]/2))
}

// stacksAfter is the stack memory of goroutines that came back from a deep dive, before and after
// each of n collections, without what the process has anyway.
func stacksAfter(hold, n int) []float64 {
	runtime.GC()
	base := stackMemory()
	var ready, done sync.WaitGroup
	ready.Add(divers)
	done.Add(divers)
	release := make(chan struct{})
	for i := 0; i < divers; i++ {
		go func() {
			dive(0, hold, diveFrames, &ready, release)
			done.Done()
		}()
	}
	ready.Wait()
	memory := []float64{stackMemory() - base}
	for i := 0; i < n; i++ {
		runtime.GC()
		memory = append(memory, stackMemory()-base)
	}
	close(release)
	done.Wait()
	return memory
}

func stackMemory() float64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.StackInuse)
}

func near(got, wanted float64) bool { return got > 0.9*wanted && got < 1.1*wanted }

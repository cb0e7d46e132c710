package main

import (
	"fmt"
	"runtime"
	"strconv"
	"sync"

	"harness/go-programs/probe"
)

const (
	spawnWarmup  = 2
	spawnSamples = 20
	// A batch of fewer is over too soon for a second clock reading in its middle.
	smallestTimedBatch = 100
)

// starter starts one unit per element of results. Unit i stores first+i there and calls done.
type starter func(results []uint64, first uint64, done *sync.WaitGroup)

func goroutines(results []uint64, first uint64, done *sync.WaitGroup) {
	for i := range results {
		i := i
		go func() {
			results[i] = first + uint64(i)
			done.Done()
		}()
	}
}

// ownedThreads starts goroutines that never unlock their thread: the runtime ends it with them, so
// that the next one needs a new thread.
func ownedThreads(results []uint64, first uint64, done *sync.WaitGroup) {
	for i := range results {
		i := i
		go func() {
			runtime.LockOSThread()
			results[i] = first + uint64(i)
			done.Done()
		}()
	}
}

func spawn(p *probe.Probe, start starter, units, batch int) {
	if batch < 1 || units%batch != 0 {
		fatal("spawn", fmt.Errorf("%d units are no whole number of batches of %d", units, batch))
	}
	var (
		done    sync.WaitGroup
		results = make([]uint64, batch)
		timed   = batch >= smallestTimedBatch
		sum     uint64
		created int64
	)
	round := func(first uint64) {
		done.Add(batch)
		if timed {
			begin := probe.Now()
			start(results, first, &done)
			created += probe.Now() - begin
		} else {
			start(results, first, &done)
		}
		done.Wait()
		for _, r := range results {
			sum += r
		}
	}
	for i := 0; i < spawnWarmup+spawnSamples; i++ {
		created = 0
		begin := probe.Now()
		for first := 0; first < units; first += batch {
			round(uint64(first))
		}
		joined := probe.Now() - begin

		phase := probe.Measure
		if i < spawnWarmup {
			phase = probe.Warmup
		}
		p.Sample("spawn-join", probe.Nanoseconds, phase, uint64(units), float64(joined))
		if timed {
			p.Sample("create", probe.Nanoseconds, phase, uint64(units), float64(created))
		}
	}
	p.Check(strconv.FormatUint(sum, 10))
}

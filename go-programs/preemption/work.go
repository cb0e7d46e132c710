package main

import (
	"runtime"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

// relay hands a turn to and fro between two goroutines that wait for it by looking.
func relay(p *probe.Probe) {
	bare := medianTurn(6, func() {})
	yielding := medianTurn(2000, runtime.Gosched)
	p.Outcome("bare-turn-takes-ms", bare > 2*time.Millisecond)
	p.Outcome("yielding-turn-takes-ms", yielding > time.Millisecond)
}

// medianTurn is the median time of a turn, of which the other goroutine has one as well.
func medianTurn(turns int, wait func()) time.Duration {
	var turn int64
	took := make([]time.Duration, turns)
	done := make(chan struct{})
	go func() {
		for i := 0; i < turns; i++ {
			for atomic.LoadInt64(&turn) != 1 {
				wait()
			}
			atomic.StoreInt64(&turn, 0)
		}
		close(done)
	}()
	for i := range took {
		start := time.Now()
		atomic.StoreInt64(&turn, 1)
		for atomic.LoadInt64(&turn) != 0 {
			wait()
		}
		took[i] = time.Since(start)
	}
	<-done
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	return took[turns/2]
}

const (
	warmup  = 2
	samples = 6
	steps   = 4000
)

// piece is CPU-bound work, each step of which needs the one before: xorshift (Marsaglia 2003).
//
//go:noinline
func piece(seed uint64) uint64 {
	x := seed + 1
	for i := 0; i < steps; i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

func thousand(p *probe.Probe, goroutines int) {
	var sum uint64
	p.Batches("piece", uint64(goroutines), warmup, samples, func(n uint64) {
		var wg sync.WaitGroup
		wg.Add(int(n))
		for i := uint64(0); i < n; i++ {
			go func(i uint64) {
				atomic.AddUint64(&sum, piece(i))
				wg.Done()
			}(i)
		}
		wg.Wait()
	})
	p.Check(strconv.FormatUint(sum, 10))
}

func sequential(p *probe.Probe, pieces int) {
	var sum uint64
	p.Batches("piece", uint64(pieces), warmup, samples, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			sum += piece(i)
		}
	})
	p.Check(strconv.FormatUint(sum, 10))
}

package main

import (
	"runtime"
	"strconv"
	"sync/atomic"

	"harness/go-programs/probe"
)

const (
	// jobSteps makes the job of the latency-sensitive goroutine a fraction of a microsecond long.
	jobSteps = 128
	// baselineArrivals is how many arrivals the baseline has: enough for a 99th percentile.
	baselineArrivals = 400
)

// churn allocates in one goroutine while another must answer on time.
func churn(p *probe.Probe, s settings) {
	rng := p.Rand()
	stall := probe.NewHistogram("stall", probe.Nanoseconds)
	baseline := probe.NewHistogram("stall-baseline", probe.Nanoseconds)
	allocStall := probe.NewHistogram("alloc-stall", probe.Nanoseconds)
	interval := int64(*s.intervalUs) * 1000
	g := newGraph(*s.liveMiB, *s.reuse, rng)
	// The measured part starts behind a complete cycle: what the building left is gone.
	runtime.GC()

	// Without allocation: what the schedule itself, the kernel and other programs do to the figure.
	end := probe.Now() + interval*(baselineArrivals+1)
	<-inGoroutine(func() {
		serve(interval, func() bool { return probe.Now() >= end }, baseline)
	})

	before := readCollector()
	var finished atomic.Bool
	served := inGoroutine(func() { serve(interval, finished.Load, stall) })
	var sum uint64
	start := probe.Now()
	last := start
	for i := s.total() * mib / stepBytes; i > 0; i-- {
		sum += g.step(rng)
		now := probe.Now()
		allocStall.Record(now - last)
		last = now
	}
	finished.Store(true)
	<-served
	after := readCollector()

	p.Sample("alloc-time", probe.Nanoseconds, probe.Measure, uint64(s.total()), float64(last-start))
	p.Histogram(stall)
	p.Histogram(baseline)
	p.Histogram(allocStall)
	before.record(p, after)
	before.recordRate(p, after, s.total())
	p.Absent("drop-stall", probe.Nanoseconds, "nothing is freed at the drop: the collector finds out later")
	p.Check(strconv.FormatUint(sum, 16))
	runtime.KeepAlive(g)
}

// serve is the latency-sensitive goroutine. It allocates nothing.
func serve(interval int64, done func() bool, latencies *probe.Histogram) {
	rng := probe.NewRand(1)
	var sum uint64
	job := func() {
		for i := 0; i < jobSteps; i++ {
			sum += rng.Uint64()
		}
	}
	openLoop(probe.Now, interval, done, job, latencies.Record)
	probe.Keep(sum)
}

func inGoroutine(work func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		work()
		close(done)
	}()
	return done
}

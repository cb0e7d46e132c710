package main

import (
	"sort"

	"harness/go-programs/probe"
)

// rows are the lengths of pipeline that a process goes through, so that the cost of a hop is a slope.
var rows = []int{0, 1, 2, 5}

// stages starts a row of goroutines, each of which adds one to what it gets and passes it on.
func stages(n, buffer int) (in chan<- uint64, out <-chan uint64) {
	first := make(chan uint64, buffer)
	last := first
	for i := 0; i < n; i++ {
		next := make(chan uint64, buffer)
		go func(from <-chan uint64, to chan<- uint64) {
			for v := range from {
				to <- v + 1
			}
			close(to)
		}(last, next)
		last = next
	}
	return first, last
}

// pipeline times one value at a time from a source goroutine through rows of stages to a sink.
func pipeline(p *probe.Probe, buffer int, ops uint64) {
	var check uint64
	medians := make([]float64, len(rows))
	took := make([]float64, warmup+samples)
	for r, length := range rows {
		in, out := stages(length, buffer)
		next := make(chan uint64, 1)
		go func() {
			for v := range next {
				in <- v
			}
			close(in)
		}()
		for s := range took {
			begun := probe.Now()
			for i := uint64(0); i < ops; i++ {
				next <- i
				check += <-out
			}
			took[s] = float64(probe.Now() - begun)
		}
		close(next)
		measured := append([]float64(nil), took[warmup:]...)
		for _, ns := range measured {
			p.SampleAt("latency", probe.Nanoseconds, probe.Measure, ops, ns, float64(length))
		}
		sort.Float64s(measured)
		medians[r] = measured[len(measured)/2] / float64(ops)
	}
	p.Value("five-stages", probe.Nanoseconds, medians[len(medians)-1]-medians[0])
	p.Check(throughRows(check, ops))
}

// throughRows is delivered for values that went through all rows, one being added by each stage.
func throughRows(sum, ops uint64) string {
	for _, length := range rows {
		sum -= uint64(length) * ops * runs
	}
	return delivered(sum-(uint64(len(rows))-1)*(ops*(ops-1)/2*runs), ops, 1)
}

// stream times values that follow one another through five stages, as fast as they go.
func stream(p *probe.Probe, buffer int, ops uint64) {
	in, out := stages(5, buffer)
	start := make(chan uint64, 1)
	go func() {
		for n := range start {
			for i := uint64(0); i < n; i++ {
				in <- i
			}
		}
		close(in)
	}()
	var sum uint64
	p.Batches("message", ops, warmup, samples, func(n uint64) {
		start <- n
		for i := uint64(0); i < n; i++ {
			sum += <-out
		}
	})
	close(start)
	p.Check(delivered(sum-5*ops*runs, ops, 1))
}

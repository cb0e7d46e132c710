package main

import (
	"fmt"

	"harness/go-programs/probe"
)

// gamma is the step of SplitMix64, whose i-th output is a function of seed + i*gamma.
const gamma = 0x9e3779b97f4a7c15

// keyAt returns the key number i of a map: what the i-th call of a generator gives.
func keyAt(seed, i uint64) uint64 { return probe.NewRand(seed + i*gamma).Uint64() }

// newMap returns an empty map, with room for all keys if the settings say so.
func newMap(s settings) map[uint64]uint64 {
	if *s.presize {
		return make(map[uint64]uint64, *s.keys)
	}
	return make(map[uint64]uint64)
}

// insert times one fill of a fresh map in a fresh process.
func insert(p *probe.Probe, s settings) {
	n, rng := uint64(*s.keys), p.Rand()
	start := probe.Now()
	m := newMap(s)
	for i := uint64(0); i < n; i++ {
		m[rng.Uint64()] = i
	}
	p.Sample("insert", probe.Nanoseconds, probe.Measure, n, float64(probe.Now()-start))
	p.Check(digest(m, p.Seed(), n))
}

// latency times every insert by itself.
func latency(p *probe.Probe, s settings) {
	n, rng := uint64(*s.keys), p.Rand()
	histogram := probe.NewHistogram("insert-latency", probe.Nanoseconds)
	worst := newWorst(n)
	clock := probe.ClockCost()
	m := newMap(s)
	for i := uint64(0); i < n; i++ {
		key := rng.Uint64()
		start := probe.Now()
		m[key] = i
		took := probe.Now() - start
		histogram.Record(took)
		worst.record(i, took)
	}
	p.Histogram(histogram)
	worst.emit(p)
	p.Value("clock-cost", probe.Nanoseconds, clock)
	p.Check(digest(m, p.Seed(), n))
}

// digest is what the map should hold: its length and the sum of every 64th value.
func digest(m map[uint64]uint64, seed, n uint64) string {
	var sum uint64
	for i := uint64(0); i < n; i += 64 {
		sum += m[keyAt(seed, i)]
	}
	return fmt.Sprintf("%d %d", len(m), sum)
}

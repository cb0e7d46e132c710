// Calibrate times, through the probe, what its benchmarks time through `go test -bench`: the command
// `harness calibrate` compares the two.
package main

import (
	"strconv"

	"harness/go-programs/probe"
)

// checked is how many operations the check of a case covers: a number of its own, because how many
// are timed depends on the machine.
const checked = 10 * mapKeys

func main() {
	p := probe.New("calibrate")
	batch := p.Int("batch-us", 1000, "length of a batch in microseconds")
	warmup := p.Int("warmup", 3, "batches before those that count")
	samples := p.Int("samples", 40, "batches that count")

	// Twice the operations must take twice the time: the second metric has them doubled.
	measure := func(metric string, work func(n uint64) uint64) {
		timed := func(n uint64) { probe.Keep(work(n)) }
		ops := p.Bench(metric, int64(*batch)*1000, *warmup, *samples, timed)
		p.Batches(metric+"-doubled", 2*ops, *warmup, *samples, timed)
		p.Check(strconv.FormatUint(work(checked), 10))
	}
	p.Case("adds", "a chain of dependent additions", func() { measure("adds", adds) })
	p.Case("muls", "a chain of dependent multiplications", func() { measure("muls", muls) })
	p.Case("map-hit", "look up keys that are there", func() { measure("map-hit", newTable().hits) })
	p.Case("round-trip", "a value goes to another goroutine and comes back", func() {
		e := newEcho()
		defer e.end()
		measure("round-trip", e.trips)
	})
	p.Main()
}

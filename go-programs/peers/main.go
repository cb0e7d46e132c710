// Peers is what the harness and its peers are compared on: five bodies, with or without a known
// slow-down. With --samples=1 --warmup=0 it does all of its operations in one go, which is what
// hyperfine times from outside.
package main

import (
	"strconv"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("peers")
	ops := p.Uint64("ops", 10, "operations in a sample")
	warmup := p.Int("warmup", 2, "warm-up samples")
	samples := p.Int("samples", 10, "measured samples")
	extra := p.Uint64("extra-percent", 0, "units of work that an operation does beyond its hundred")
	for _, b := range bodies {
		b := b
		p.Case(b.name, "the body of that name", func() {
			run, percent, done := b.make(p.Rand()), *extra, uint64(0)
			p.Batches("op", *ops, *warmup, *samples, func(n uint64) {
				done += run(units(n, percent))
			})
			p.Check(strconv.FormatUint(done, 10))
		})
	}
	p.Main()
}

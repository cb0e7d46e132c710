// Selftest is what the harness tests itself with: its own controls and the smallest invocation.
package main

import (
	"strconv"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("selftest")
	ops := p.Uint64("ops", 100000, "steps of spin in a sample")
	warmup := p.Int("warmup", 2, "warm-up samples of spin")
	samples := p.Int("samples", 10, "measured samples of spin")
	extra := p.Uint64("extra-percent", 0, "undeclared extra steps of spin: a known slowdown")
	text := p.String("text", "echo", "what echo says")

	p.Case("spin", "a chain of dependent steps that takes the same time on every call", func() {
		seed, percent := p.Rand().Uint64(), *extra
		state := seed
		p.Batches("spin", *ops, *warmup, *samples, func(n uint64) {
			state = spin(state, n)
			// On a chain of its own, so that the check stays equal to that of a run without it.
			probe.Keep(spin(seed, n*percent/100))
		})
		p.Check(strconv.FormatUint(state, 10))
	})
	p.Case("echo", "one value, one outcome and the check", func() {
		p.Value("echo", probe.One, 1)
		p.Outcome("text", *text)
		p.Check(*text + " " + strconv.FormatUint(p.Rand().Uint64(), 10))
	})
	p.Main()
}

// spin does n steps, each of which needs the result of the one before. A multiplication and an
// addition alone would not do: optimisers fold two such steps into one.
func spin(state, n uint64) uint64 {
	for ; n > 0; n-- {
		state = (state^state>>31)*0x9e3779b97f4a7c15 + 1
	}
	return state
}

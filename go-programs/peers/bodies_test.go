package main

import (
	"flag"
	"testing"

	"harness/go-programs/probe"
)

// The names of the benchmarks do not tell the slow-down: benchstat compares those of equal name.
var extraPercent = flag.Uint64("extra-percent", 0, "units of work that an operation does beyond its hundred")

func BenchmarkBody(b *testing.B) {
	for _, body := range bodies {
		run := body.make(probe.NewRand(1))
		b.Run(body.name, func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				probe.Keep(run(units(1, *extraPercent)))
			}
		})
	}
}

func TestAnInjectedPercentIsOneUnitInAHundred(t *testing.T) {
	for extra, want := range map[uint64]uint64{0: 700, 2: 714, 5: 735, 10: 770} {
		if got := units(7, extra); got != want {
			t.Errorf("7 operations at %d %% are %d units, want %d", extra, got, want)
		}
	}
}

func TestEveryBodyDoesJustTheUnitsThatItIsAskedFor(t *testing.T) {
	for _, body := range bodies {
		run := body.make(probe.NewRand(7))
		for _, extra := range []uint64{0, 2, 5, 10} {
			want := 3 * (unitsPerOp + extra)
			if got := run(units(3, extra)); got != want {
				t.Errorf("%s did %d units of %d", body.name, got, want)
			}
		}
	}
}

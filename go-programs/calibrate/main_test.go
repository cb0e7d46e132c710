package main

import (
	"testing"

	"harness/go-programs/probe"
)

func BenchmarkAdds(b *testing.B) { probe.Keep(adds(uint64(b.N))) }

func BenchmarkMuls(b *testing.B) { probe.Keep(muls(uint64(b.N))) }

func BenchmarkMapHit(b *testing.B) {
	t := newTable()
	b.ResetTimer()
	probe.Keep(t.hits(uint64(b.N)))
}

func BenchmarkRoundTrip(b *testing.B) {
	e := newEcho()
	defer e.end()
	b.ResetTimer()
	probe.Keep(e.trips(uint64(b.N)))
}

// The values are those of the Rust side (rust-equivalents/src/bin/calibrate/work.rs).
func TestTheWorkIsDone(t *testing.T) {
	e := newEcho()
	defer e.end()
	for _, test := range []struct {
		name      string
		got, want uint64
	}{
		// Three numbers of the sequence in a row.
		{"adds", adds(48), 56849086 ^ 83316385 ^ 122106097},
		{"adds, rounded up", adds(1), adds(48)},
		{"muls", muls(48), 4174773832980929749},
		{"map-hit", newTable().hits(2 * mapKeys), mapKeys * (mapKeys - 1)},
		{"round-trip", e.trips(5), 5},
	} {
		if test.got != test.want {
			t.Errorf("%s: %d instead of %d", test.name, test.got, test.want)
		}
	}
}

package main

import (
	"testing"

	"harness/go-programs/probe"
)

func TestStructuresAgree(t *testing.T) {
	rng := probe.NewRand(1)
	for _, entries := range []int{1, 2, 7, 8, 9, 64} {
		numbers := distinct(rng, entries)
		order := make([]int, 100)
		want := 0
		for i := range order {
			order[i] = int(rng.Below(uint64(entries)))
			want += order[i]
		}
		for _, s := range append(ofInts(numbers, order), ofStrings(numbers, order)...) {
			if got := s.sum(); got != want {
				t.Errorf("%d entries, %s: %d, want %d", entries, s.name, got, want)
			}
		}
	}
	if searchInts([]intEntry{{1, 5}, {3, 6}}, 2) != 0 || scanStrings(nil, "a") != 0 {
		t.Error("a missing key was found")
	}
}

func TestCrossover(t *testing.T) {
	ratios := make([]float64, len(sizes))
	for i := range ratios {
		ratios[i] = 2
	}
	if got := crossover(ratios); got != 1 {
		t.Errorf("map always ahead: %v, want 1", got)
	}
	// Ahead from the fourth size on, with a single slip before.
	ratios[0], ratios[2], ratios[3] = 0.5, 0.5, 1.5
	if got := crossover(ratios); got != 3.5 {
		t.Errorf("%v, want 3.5", got)
	}
	ratios[len(ratios)-1] = 0.9
	if got := crossover(ratios); got != 0 {
		t.Errorf("never ahead: %v, want 0", got)
	}
}

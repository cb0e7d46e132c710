package main

import (
	"testing"
	"unsafe"

	"harness/go-programs/probe"
)

func TestUsingObjectsAgainDoesTheSameWork(t *testing.T) {
	sums := func(reuse bool) (sums [200]uint64) {
		rng := probe.NewRand(5)
		g := newGraph(1, reuse, rng)
		for i := range sums {
			sums[i] = g.step(rng)
		}
		return sums
	}
	if sums(false) != sums(true) {
		t.Error("the sums of the steps differ")
	}
}

func TestAStepAllocatesWhatItSays(t *testing.T) {
	if size := unsafe.Sizeof(node{}); size != nodeBytes {
		t.Errorf("a node has %d bytes, not %d", size, nodeBytes)
	}
	rng := probe.NewRand(5)
	for _, c := range []struct {
		reuse bool
		want  float64
	}{
		{false, replacedChains*chainNodes + listNodes + buffers},
		{true, replacedChains * chainNodes},
	} {
		g := newGraph(1, c.reuse, rng)
		got := testing.AllocsPerRun(100, func() { g.step(rng) })
		if got != c.want {
			t.Errorf("with reuse %t a step makes %v allocations, not %v", c.reuse, got, c.want)
		}
	}
}

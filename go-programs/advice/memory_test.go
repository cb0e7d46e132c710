package main

import (
	"testing"

	"harness/go-programs/probe"
)

// grow puts a node of each value into a random place, so that both sides of nodes are used.
func grow(rng *probe.Rand, nodes int) (root *node, sum uint64) {
	for i := 0; i < nodes; i++ {
		at := &root
		for *at != nil {
			if rng.Below(2) == 0 {
				at = &(*at).left
			} else {
				at = &(*at).right
			}
		}
		*at = &node{value: uint64(i)}
		sum += uint64(i)
	}
	return root, sum
}

func TestBothWalksVisitEveryNode(t *testing.T) {
	root, want := grow(probe.NewRand(3), 500)
	if got := walk(root); got != want {
		t.Errorf("recursion adds up to %d, want %d", got, want)
	}
	if got := walkStack(root); got != want {
		t.Errorf("the stack adds up to %d, want %d", got, want)
	}
	if walk(nil) != 0 || walkStack(nil) != 0 {
		t.Error("nothing has a sum")
	}
}

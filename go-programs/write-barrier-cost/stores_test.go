package main

import (
	"testing"

	"harness/go-programs/probe"
)

func TestOverheadIsWhatPointersLoseMoreThanIntegers(t *testing.T) {
	if got := overhead(2, 6, 1, 1.5); got != 1 {
		t.Errorf("got %v", got)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("got %v", got)
	}
}

func TestEveryPassWritesEverySlotWithAnotherObject(t *testing.T) {
	tables := newTables(probe.New("write-barrier-cost"), 64)
	tables.writePointers(0, 64)
	first := append([]*object(nil), tables.pointers...)
	tables.writePointers(64, 64)
	for i, o := range tables.pointers {
		if o == nil || first[i] == nil || o == first[i] {
			t.Fatalf("slot %d", i)
		}
	}
}

package main

import (
	"reflect"
	"testing"
)

func TestBinsJoinAndAreASixteenthOfADoubling(t *testing.T) {
	last := -1
	first := make(map[int]uint64)
	for size := uint64(0); size < 1<<12; size++ {
		bin := binOf(size)
		if bin != last && bin != last+1 {
			t.Fatalf("size %d is in bin %d, the one before in %d", size, bin, last)
		}
		if bin != last {
			first[bin] = size
		}
		last = bin
	}
	for size := uint64(16); size < 1<<11; size *= 2 {
		if got := binOf(2*size) - binOf(size); got != binsPerDoubling {
			t.Errorf("%d bins from %d to its double", got, size)
		}
	}
	var want []uint64
	for bin := binOf(1000); bin <= binOf(4000); bin++ {
		want = append(want, first[bin])
	}
	want[0] = 1000
	if got := binStarts(1000, 4000); !reflect.DeepEqual(got, want) {
		t.Errorf("starts are %v, not %v", got, want)
	}
}

func TestWorstKeepsTheLongestOfEachBin(t *testing.T) {
	w := newWorst(100)
	w.record(96, 5)
	w.record(97, 9)
	w.record(98, 7)
	w.record(3, 1)
	if bin := binOf(97); w.took[bin] != 9 || w.size[bin] != 97 {
		t.Errorf("the bin holds %d at %d", w.took[bin], w.size[bin])
	}
	if w.took[binOf(3)] != 1 {
		t.Error("small sizes have bins of their own")
	}
}

func TestKeyAtIsTheGeneratorsOutput(t *testing.T) {
	if keyAt(1234567, 0) != 6457827717110365317 || keyAt(1234567, 2) != 9817491932198370423 {
		t.Error("keyAt does not follow SplitMix64")
	}
}

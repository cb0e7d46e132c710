package main

import "testing"

func TestWantedIsTheFormula(t *testing.T) {
	for old, want := range map[int]int{1: 2, 255: 510, 256: 512, 257: 513, 512: 832, 1000: 1442} {
		if got := wanted(old); got != want {
			t.Errorf("wanted(%d) = %d, want %d", old, got, want)
		}
	}
}

func TestSizesAreRoundedUp(t *testing.T) {
	classes := []int{8, 16, 24, 32}
	for size, want := range map[int]int{1: 8, 8: 8, 9: 16, 25: 32, 33: pageBytes, pageBytes: pageBytes, pageBytes + 1: 2 * pageBytes} {
		if got := roundUp(classes, size); got != want {
			t.Errorf("roundUp(%d) = %d, want %d", size, got, want)
		}
	}
}

func TestTheAllocatorHasClassesUpTo32KiB(t *testing.T) {
	classes := sizeClasses()
	if classes[0] != 8 || classes[len(classes)-1] != 32768 {
		t.Errorf("classes are %d", classes)
	}
}

func TestPresizedSlicesDoNotGrow(t *testing.T) {
	if got := grows(make([]int, 0, 100), 100); got != 0 {
		t.Errorf("grows %d times", got)
	}
	if got := grows(nil, 100); got < 2 {
		t.Errorf("grows %d times from nothing", got)
	}
}

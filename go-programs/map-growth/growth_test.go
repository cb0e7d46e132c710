package main

import "testing"

func TestLoadComesFromTheSizeAtGrowth(t *testing.T) {
	for size, want := range map[uint64]float64{832: 6.5, 104: 6.5, 896: 7, 112: 7, 768: 6, 1024: 8} {
		if got, ok := loadAtGrowth([]step{{size: size}}); !ok || got != want {
			t.Errorf("growth at %d is a load of %v, not %v", size, got, want)
		}
	}
	if _, ok := loadAtGrowth(nil); ok {
		t.Error("no growth has no load")
	}
}

func TestDoublesNeedsTwiceTheSizeEachTime(t *testing.T) {
	if !doubles([]step{{size: 104}, {size: 208}, {size: 416}}) {
		t.Error("104, 208, 416 doubles")
	}
	if doubles([]step{{size: 104}, {size: 200}}) || doubles([]step{{size: 104}}) {
		t.Error("104, 200 does not double, and one growth shows nothing")
	}
}

func TestValueBytesFindsWhatAValueCosts(t *testing.T) {
	const slots, keyAndControl = 1 << 18, 17
	held := func(value float64) float64 { return slots * (keyAndControl + value) }
	for _, value := range []float64{0, 1, 8} {
		if got := valueBytes(held(value)+5000, held(8), held(16)); got != value {
			t.Errorf("a value of %v bytes comes out as %v", value, got)
		}
	}
}

func TestMovedAtOnceIsTheTimeOfTheDearestInsertInHashes(t *testing.T) {
	times := make([]int64, 100)
	for i := range times {
		times[i] = 10
	}
	times[5], times[50] = 1000, 260
	if got := movedAtOnce(times, 10); got != 0.5 {
		t.Errorf("%v of the entries moved, not half", got)
	}
}

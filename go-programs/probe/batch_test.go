package probe

import (
	"testing"
	"time"
)

func TestCalibrationGrowsTowardsTheTargetWithinLimits(t *testing.T) {
	for _, test := range []struct {
		n               uint64
		elapsed, target float64
		want            uint64
	}{
		{10, 100, 1000, 120},
		{10, 999, 1000, 20},
		{1, 0, 1e6, 100},
	} {
		if got := nextOps(test.n, test.elapsed, test.target); got != test.want {
			t.Errorf("nextOps(%d, %v, %v) = %d, want %d", test.n, test.elapsed, test.target, got, test.want)
		}
	}
}

func TestOneStallDoesNotEndTheCalibration(t *testing.T) {
	const target = 50e6
	calls := 0
	ops := Calibrate(target, func(n uint64) {
		if calls++; calls == 1 {
			time.Sleep(2 * target * time.Nanosecond)
		}
		for start := Now(); Now()-start < int64(1000*n); {
		}
	})
	if ops < 2 {
		t.Errorf("%d operations of 1 µs for 50 ms", ops)
	}
}

func TestBatchesAreWarmupsThenMeasures(t *testing.T) {
	p := New("p")
	var calls []uint64
	p.Batches("m", 7, 1, 2, func(n uint64) { calls = append(calls, n) })
	if len(calls) != 3 || calls[0] != 7 || len(p.records) != 3 {
		t.Fatalf("calls %d, %d records", calls, len(p.records))
	}
	for i, want := range []Phase{Warmup, Measure, Measure} {
		s := p.records[i].sample
		if s.Phase != want || s.Ops != 7 || s.Unit != Nanoseconds {
			t.Errorf("sample %d is %+v", i, s)
		}
	}
}

func TestBenchChecksItsFigureWithTwiceTheOperations(t *testing.T) {
	p := New("p")
	var last uint64
	ops := p.Bench("m", 1000, 1, 2, func(n uint64) {
		last = n
		for start := Now(); Now()-start < int64(1000*n); {
		}
	})
	s := p.records[len(p.records)-1].sample
	if last != 2*ops || s.Ops != 2*ops || s.Phase != Scale || s.Metric != "m" {
		t.Errorf("%d operations a batch, last %d, sample %+v", ops, last, s)
	}
}

func TestKeepDoesNotAllocate(t *testing.T) {
	v := [4]uint64{1, 2, 3, 4}
	if n := testing.AllocsPerRun(100, func() { Keep(&v); Keep(Opaque(v)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

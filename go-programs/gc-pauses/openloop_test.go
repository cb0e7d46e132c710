package main

import (
	"reflect"
	"testing"
)

// The clock of these tests goes on by one unit a reading.
func TestAStallDelaysEveryJobThatWasDue(t *testing.T) {
	var clock int64
	now := func() int64 { clock++; return clock }
	var latencies []int64
	jobs := 0
	job := func() {
		jobs++
		if jobs == 3 {
			clock += 350
		}
	}
	openLoop(now, 100, func() bool { return jobs == 8 }, job, func(l int64) { latencies = append(latencies, l) })
	if len(latencies) != 8 {
		t.Fatalf("%d of 8 jobs were recorded", len(latencies))
	}
	// The jobs that were due 100, 200 and 300 units into the stall waited for the rest of it.
	late := latencies[2:6]
	for i, atLeast := range []int64{350, 250, 150, 50} {
		if late[i] < atLeast || late[i] > atLeast+20 {
			t.Errorf("job %d ended %d units after its time, not about %d", i+3, late[i], atLeast)
		}
	}
	for _, i := range []int{0, 1, 6, 7} {
		if latencies[i] > 3 {
			t.Errorf("job %d was not stalled, yet it ended %d units after its time", i+1, latencies[i])
		}
	}
}

func TestOverdueJobsAreNotLeftOutAtTheEnd(t *testing.T) {
	var clock int64
	now := func() int64 { clock++; return clock }
	finished := false
	var latencies []int64
	job := func() {
		if !finished {
			clock += 250
			finished = true
		}
	}
	openLoop(now, 100, func() bool { return finished }, job, func(l int64) { latencies = append(latencies, l) })
	if want := []int64{251, 153, 55}; !reflect.DeepEqual(latencies, want) {
		t.Errorf("latencies are %v, not %v", latencies, want)
	}
}

package main

import (
	"fmt"
	"testing"
)

func TestCountsThoseThatALaterOneOvertook(t *testing.T) {
	for _, c := range []struct {
		place []int
		want  int
	}{
		{[]int{0, 1, 2, 3}, 0},
		{[]int{2, 3, 0, 1}, 2},
		// One of the moved ones was served early.
		{[]int{1, 3, 4, 0, 2}, 3},
		{nil, 0},
	} {
		if got := countOvertaken(c.place); got != c.want {
			t.Errorf("countOvertaken(%v) = %d, not %d", c.place, got, c.want)
		}
	}
}

func TestReadsListsOfCPUs(t *testing.T) {
	got, err := parseCPUs("0-2,8")
	if err != nil || fmt.Sprint(got) != "[0 1 2 8]" {
		t.Errorf("0-2,8 is %v, %v", got, err)
	}
	if _, err := parseCPUs("0-x"); err == nil {
		t.Error("0-x was read")
	}
}

func TestTakesTheMostFrequentResult(t *testing.T) {
	i := 0
	if got := usual(func() int { i++; return i % 3 / 2 * 5 }); got != 0 {
		t.Errorf("usual is %d", got)
	}
}

package main

import "testing"

func TestRunCountsCasesAndTheLongestWaitForTheLast(t *testing.T) {
	script := []int{2, 0, 1, 0, 2, 1, 2, 0}
	i := -1
	counts, gap := run(func() int { i++; return script[i] }, 3, len(script))
	if counts[0] != 3 || counts[1] != 2 || counts[2] != 3 || gap != 3 {
		t.Errorf("counts %v, gap %d", counts, gap)
	}
}

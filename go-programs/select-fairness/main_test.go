package main

import (
	"reflect"
	"testing"
)

func TestRunCountsCasesRepeatsAndTheLongestWaitForTheLast(t *testing.T) {
	script := []int{2, 0, 1, 1, 2, 0, 2, 2}
	i := -1
	got := run(func() int { i++; return script[i] }, 3, len(script))
	if want := (taken{counts: []int{2, 2, 4}, gap: 3, repeats: 2}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v instead of %+v", got, want)
	}
}

package main

import (
	"fmt"
	"reflect"

	"harness/go-programs/probe"
)

func arrays(p *probe.Probe) {
	numbers := [3]int{1, 2, 3}
	assigned := numbers
	assigned[0] = 99
	p.Outcome("original-after-assignment", fmt.Sprint(numbers))
	p.Outcome("copy-after-assignment", fmt.Sprint(assigned))
	overwrite(numbers)
	p.Outcome("original-after-call", fmt.Sprint(numbers))
	p.Outcome("compared-by-elements", numbers == [3]int{1, 2, 3})
	p.Outcome("types-of-two-lengths-differ", reflect.TypeOf([5]int{}) != reflect.TypeOf([10]int{}))

	x := 1
	pointers := [1]*int{&x}
	copied := pointers
	*copied[0] = 99
	p.Outcome("behind-pointer-after-write-to-copy", *pointers[0])
	slices := [1][]int{{1}}
	copiedSlices := slices
	copiedSlices[0][0] = 99
	p.Outcome("in-slice-after-write-to-copy", slices[0][0])
	maps := [1]map[string]int{{"key": 1}}
	copiedMaps := maps
	copiedMaps[0]["key"] = 99
	p.Outcome("in-map-after-write-to-copy", maps[0]["key"])
	nested := [1][1]int{{1}}
	copiedNested := nested
	copiedNested[0][0] = 99
	p.Outcome("in-array-after-write-to-copy", nested[0][0])
}

//go:noinline
func overwrite(a [3]int) {
	a[0] = 99
	probe.Keep(a)
}

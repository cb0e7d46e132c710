package main

import (
	"fmt"
	"strings"

	"harness/go-programs/probe"
)

func sharing(p *probe.Probe) {
	whole := []int{10, 20, 30, 40, 50}
	part := whole[1:3]
	p.Outcome("part", fmt.Sprint(part))
	p.Outcome("capacity-of-the-part", cap(part))
	p.Outcome("one-address", &part[0] == &whole[1])
	part[0] = 99
	p.Outcome("whole-after-write-to-part", fmt.Sprint(whole))
	whole[2] = 77
	p.Outcome("part-after-write-to-whole", fmt.Sprint(part))

	whole = []int{10, 20, 30, 40, 50}
	copied := append([]int(nil), whole[1:3]...)
	copied[0] = 99
	p.Outcome("whole-after-write-to-copied-part", fmt.Sprint(whole))
}

func appending(p *probe.Probe) {
	whole := make([]int, 3, 5)
	part := whole[:3]
	part = append(part, 99)
	p.Outcome("one-array", &part[0] == &whole[0])
	p.Outcome("array-of-the-whole", fmt.Sprint(whole[:5]))
	p.Outcome("length-of-the-whole", len(whole))

	whole = []int{10, 20, 30, 40, 50}
	part = append(whole[:3], 99)
	probe.Keep(part)
	p.Outcome("element-behind-the-part", whole[3])

	whole = make([]int, 3)
	part = append(whole[:3], 99)
	part[0] = 77
	p.Outcome("whole-without-room", fmt.Sprint(whole))
}

func limited(p *probe.Probe) {
	whole := []int{10, 20, 30, 40, 50}
	part := whole[1:3:3]
	p.Outcome("length", len(part))
	p.Outcome("capacity", cap(part))
	p.Outcome("one-address-before", &part[0] == &whole[1])
	p.Outcome("sliced-beyond-its-capacity", strings.Contains(
		probe.Panics(func() { probe.Keep(part[:probe.Opaque(3)]) }), "out of range"))
	part = append(part, 99)
	p.Outcome("one-address-after-append", &part[0] == &whole[1])
	p.Outcome("part-after-append", fmt.Sprint(part))
	part[0] = 77
	p.Outcome("whole-after-append-and-write", fmt.Sprint(whole))

	whole = []int{10, 20, 30, 40, 50}
	part = append(whole[1:3], 99)
	probe.Keep(part)
	p.Outcome("whole-after-append-to-two-index-part", fmt.Sprint(whole))
}

// quiz appends to two slices that have one array with room. Both write to the same place.
func quiz(p *probe.Probe) {
	first := make([]int, 0, 5)
	first = append(first, 1)
	second := first
	second = append(second, 2)
	first = append(first, 3)
	p.Outcome("printed", fmt.Sprint(first, second))

	first = append(make([]int, 0, 1), 1)
	second = first
	second = append(second, 2)
	first = append(first, 3)
	p.Outcome("printed-without-room", fmt.Sprint(first, second))
}

// Slice-growth shows by how much append makes a slice larger, and what it costs not to say how large
// it will be.
package main

import (
	"fmt"
	"os"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("slice-growth")
	element := p.String("element", "int", "type of the elements: byte, int, or triple (three of int)")
	n := p.Int("n", 1000, "elements that are appended")
	presize := p.Bool("presize", false, "make the slice with room for all of them")
	p.Case("append", "where an append writes to", func() { appending(p) })
	p.Case("capacities", "capacities of a slice that grows from nothing", func() {
		elementNamed(*element).capacities(p)
	})
	p.Case("formula", "new capacities beside the formula, from many old ones", func() {
		elementNamed(*element).formula(p)
	})
	p.Case("pages", "the same with elements as large as a page of the allocator", func() { pages(p) })
	p.Case("growths", "how often a slice grows on the way", func() { growths(p) })
	p.Case("fill", "time to append all elements", func() { fill(p, *n, *presize) })
	p.Main()
}

// element is a type of elements.
type element struct {
	capacities, formula func(p *probe.Probe)
}

func elementNamed(name string) element {
	switch name {
	case "byte":
		return element{capacities[byte], formula[byte]}
	case "int":
		return element{capacities[int], formula[int]}
	case "triple":
		return element{capacities[[3]int], formula[[3]int]}
	}
	fmt.Fprintf(os.Stderr, "--element=%s is none of byte, int, triple\n", name)
	os.Exit(2)
	return element{}
}

func appending(p *probe.Probe) {
	s := make([]int, 3, 4)
	first := &s[0]
	s = append(s, 7)
	p.Outcome("one-array-with-room", &s[0] == first)
	p.Outcome("array-with-room", fmt.Sprint(s))
	room := make([]int, 3, 4)
	objects, _ := probe.Allocations(1000, func() { probe.Keep(append(room, 7)) })
	p.Outcome("allocates-with-room", objects >= 0.5)

	old := s
	s = append(s, 8)
	p.Outcome("one-array-without-room", &s[0] == first)
	p.Outcome("array-without-room", fmt.Sprint(s))
	s[0] = 99
	p.Outcome("old-array-after-write-to-new", fmt.Sprint(old))
	full := make([]int, 4)
	objects, _ = probe.Allocations(1000, func() { sink = append(full, 7) })
	p.Outcome("allocates-without-room", objects >= 0.5)
}

// sink keeps a slice on the heap.
var sink []int

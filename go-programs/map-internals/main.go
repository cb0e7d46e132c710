// Map-internals looks into the maps of the release that built it: how a group of entries is laid out,
// which bits of a hash are kept beside a key, and in which order a map is gone through.
package main

import "harness/go-programs/probe"

func main() {
	p := probe.New("map-internals")
	p.Case("layout", "the compiler's own description of a group of entries", func() { layout(p) })
	p.Case("tags", "the byte that is kept for each key, in the memory of a map", func() { tags(p) })
	p.Case("hashing", "a key that can't be hashed", func() { hashing(p) })
	p.Case("iteration", "maps that don't change are gone through again and again", func() { iteration(p) })
	p.Main()
}

// hashing looks up a key whose type can't be hashed. A map that compares keys only would just not find it.
func hashing(p *probe.Probe) {
	p.Outcome("lookup-of-a-slice-panics-with", probe.Panics(func() {
		m := map[interface{}]int{1: 1}
		probe.Keep(m[probe.Opaque[interface{}]([]int{1})])
	}))
}

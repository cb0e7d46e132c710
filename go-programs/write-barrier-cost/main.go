// Write-barrier-cost times pointer writes while Go's collector marks and while it rests, beside
// writes of integers, which have no barrier.
package main

import "harness/go-programs/probe"

func main() {
	p := probe.New("write-barrier-cost")
	slots := p.Int("slots", 1024, "slots written to, each with an object of its own; a power of two")
	p.Case("stores", "pointer and integer writes, while the collector rests and while it marks",
		func() { stores(p, *slots) })
	p.Case("switch", "when the barrier is on",
		func() { barrierSwitch(p) })
	p.Main()
}

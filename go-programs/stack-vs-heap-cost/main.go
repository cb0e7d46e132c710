// Stack-vs-heap-cost measures what a value costs that lives on the stack, is returned as a copy, or
// is allocated on the heap.
package main

import (
	"fmt"
	"os"
	"runtime"

	"harness/go-programs/probe"
)

const (
	warmup  = 3
	samples = 15
	// batchNs is the length of a batch.
	batchNs = 1000000
)

func main() {
	p := probe.New("stack-vs-heap-cost")
	size := p.Int("size", 64, "size of the value in bytes: 16, 64, 128, 256, 512, 1024, 2048 or 4096")
	p.Case("return", "a function returns a value, or a pointer to one", func() {
		of, ok := sizes[*size]
		if !ok {
			fatal(fmt.Errorf("there is no type of %d bytes", *size))
		}
		of.returned(p)
	})
	p.Case("local", "a function with a local variable, and one without", func() { local(p) })
	p.Case("collector", "allocations and collections of both", func() { collector(p) })
	p.Main()
}

// fatal ends the process: without done, the invocation counts as failed.
func fatal(err error) {
	fmt.Fprintf(os.Stderr, "stack-vs-heap-cost: %v\n", err)
	os.Exit(1)
}

// local times a call that keeps 64 bytes on the stack or on the heap, and one that keeps nothing.
// What the first one takes longer than the last one is the price of the stack.
func local(p *probe.Probe) {
	bare := best(p, func(n uint64) {
		sum := uint64(0)
		for i := uint64(0); i < n; i++ {
			sum += withNothing(i)
		}
		probe.Keep(sum)
	})
	stack := best(p, func(n uint64) {
		sum := uint64(0)
		for i := uint64(0); i < n; i++ {
			sum += withLocal(i)
		}
		probe.Keep(sum)
	})
	heap := best(p, func(n uint64) {
		sum := uint64(0)
		for i := uint64(0); i < n; i++ {
			sum += withAllocation(i)
		}
		probe.Keep(sum)
	})
	p.Value("stack-price", probe.Nanoseconds, stack-bare)
	p.Value("heap-price", probe.Nanoseconds, heap-bare)
}

// best is the least time of an operation over some batches.
func best(p *probe.Probe, work func(n uint64)) float64 {
	ops := probe.Calibrate(batchNs, work)
	least := 0.0
	for i := 0; i < samples; i++ {
		start := probe.Now()
		work(ops)
		if took := float64(probe.Now()-start) / float64(ops); least == 0 || took < least {
			least = took
		}
	}
	return least
}

//go:noinline
func withNothing(i uint64) uint64 { return look(nothing, i) }

var nothing = new([8]uint64)

//go:noinline
func withLocal(i uint64) uint64 {
	var v [8]uint64
	v[i&7] = i
	return look(&v, i)
}

//go:noinline
func withAllocation(i uint64) uint64 {
	v := new([8]uint64)
	v[i&7] = i
	kept = v
	return look(v, i)
}

// kept makes an allocation one.
var kept *[8]uint64

//go:noinline
func look(v *[8]uint64, i uint64) uint64 { return v[(i+1)&7] }

func collector(p *probe.Probe) {
	const calls = 1000000
	stackObjects, _ := probe.Allocations(1000, func() { withLocal(3) })
	heapObjects, _ := probe.Allocations(1000, func() { withAllocation(3) })
	p.Outcome("allocations-on-the-stack", int(stackObjects))
	p.Outcome("allocations-on-the-heap", int(heapObjects))
	p.Outcome("collections-for-the-stack", collections(func() {
		for i := uint64(0); i < calls; i++ {
			withLocal(i)
		}
	}) > 0)
	p.Outcome("collections-for-the-heap", collections(func() {
		for i := uint64(0); i < calls; i++ {
			withAllocation(i)
		}
	}) > 0)
}

func collections(f func()) uint32 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

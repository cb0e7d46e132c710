package main

import (
	"runtime"
	"runtime/debug"
	"strconv"

	"harness/go-programs/probe"
)

const mib = 1 << 20

// ballast allocates garbage beside a little live data and counts how often the collector runs: with
// GOGC=100 alone, with a ballast beside it, or without GOGC under a limit of the size that the ballast
// lets the heap grow to.
func ballast(p *probe.Probe, mode string) {
	const liveMiB, ballastMiB, garbageMiB = 8, 64, 1024
	// On one processor the collector gets its turn from Go and not from a busy system.
	runtime.GOMAXPROCS(1)
	live := make([][]byte, liveMiB*mib/4096)
	for i := range live {
		live[i] = make([]byte, 4096)
	}
	var unused []byte
	debug.SetGCPercent(100)
	switch mode {
	case "ballast":
		unused = make([]byte, ballastMiB*mib)
	case "limit":
		debug.SetGCPercent(-1)
		debug.SetMemoryLimit(2 * (liveMiB + ballastMiB) * mib)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < garbageMiB*mib/4096; i++ {
		probe.Keep(probe.Opaque(make([]byte, probe.Opaque(4096))))
	}
	runtime.ReadMemStats(&after)
	p.Value("cycles", probe.One, float64(after.NumGC-before.NumGC))
	probe.Keep(live)
	probe.Keep(unused)
}

type node struct {
	left, right *node
	value       uint64
}

// walk adds up the values below n by recursion. It has to come back for the right side, so that it
// is no loop in disguise.
func walk(n *node) uint64 {
	if n == nil {
		return 0
	}
	return walk(n.left) + n.value + walk(n.right)
}

// walkStack does the same in the same order with a stack of its own.
func walkStack(n *node) uint64 {
	sum := uint64(0)
	var above []*node
	for n != nil || len(above) > 0 {
		for n != nil {
			above = append(above, n)
			n = n.left
		}
		n = above[len(above)-1]
		above = above[:len(above)-1]
		sum += n.value
		n = n.right
	}
	return sum
}

// deep times both, each time in a goroutine of its own, whose stack is small to start with.
func deep(p *probe.Probe, depth int) {
	var root *node
	for i := 0; i < depth; i++ {
		root = &node{left: root, value: uint64(i)}
	}
	runtime.GC()
	timed := func(metric string, work func(*node) uint64) uint64 {
		sum := uint64(0)
		p.Batches(metric, uint64(depth), 1, 7, func(uint64) {
			result := make(chan uint64)
			go func() { result <- work(root) }()
			sum = <-result
		})
		return sum
	}
	recursive := timed("recursive", walk)
	iterative := timed("iterative", walkStack)
	p.Outcome("recursion-ends", true)
	p.Outcome("same-sum", recursive == iterative)
	p.Check(strconv.FormatUint(recursive, 10))
}

package main

import (
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

// node is an object that the collector has to scan.
type node struct {
	next    *node
	payload [6]uint64
}

// list returns n linked nodes.
func list(n int) *node {
	var head *node
	for i := 0; i < n; i++ {
		head = &node{next: head}
	}
	return head
}

const (
	// markedNodes are 16 MiB of nodes, which takes some milliseconds to mark.
	markedNodes = 16 << 20 / 64
	// maxCycles is how often the collector may run before the goroutine must have met it.
	maxCycles = 40
)

// marking runs the collector while another goroutine looks at the write barrier's switch. With
// GODEBUG=gcstoptheworld=1 that goroutine has no chance to see it on.
func marking(p *probe.Probe) {
	debug.SetGCPercent(-1)
	live := list(markedNodes)
	p.Outcome("barrier-on-before", barrierOn())
	var stop, seen int32
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for atomic.LoadInt32(&stop) == 0 {
			if barrierOn() {
				atomic.AddInt32(&seen, 1)
			}
		}
	}()
	for i := 0; i < maxCycles && atomic.LoadInt32(&seen) < 1000; i++ {
		runtime.GC()
	}
	atomic.StoreInt32(&stop, 1)
	<-watched
	p.Outcome("ran-while-marking", seen > 0)
	p.Outcome("barrier-on-after", barrierOn())
	runtime.KeepAlive(live)
}

// sweeper asks a child that crashes for the goroutines of the runtime.
func sweeper(p *probe.Probe) {
	child := probe.RunChild(10*time.Second, []string{"GOTRACEBACK=system"}, "--case=dump")
	p.Outcome("background-sweeper", strings.Contains(child.Stderr, "runtime.bgsweep("))
}

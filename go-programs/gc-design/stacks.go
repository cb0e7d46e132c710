package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"unsafe"

	"harness/go-programs/probe"
)

// stackBytes is how deep each goroutine's stack is in use, at least.
const stackBytes = 32 << 10

// stacks lets goroutines with deep stacks run on while the collector marks, and compares the stack
// that it scanned with the stack in use. A second scan of the goroutines that ran would show.
func stacks(p *probe.Probe, goroutines int) {
	debug.SetGCPercent(-1)
	var stop int32
	var used, turns int64
	var deep, ended sync.WaitGroup
	deep.Add(goroutines)
	ended.Add(goroutines)
	for i := 0; i < goroutines; i++ {
		go func() {
			defer ended.Done()
			var top byte
			descend(&top, func(bytes uintptr) {
				atomic.AddInt64(&used, int64(bytes))
				deep.Done()
				for atomic.LoadInt32(&stop) == 0 {
					atomic.AddInt64(&turns, 1)
					runtime.Gosched()
				}
			})
		}()
	}
	deep.Wait()
	before := atomic.LoadInt64(&turns)
	runtime.GC()
	ran := atomic.LoadInt64(&turns) - before
	scanned, ok := probe.ReadRuntimeMetric("/gc/scan/stack:bytes")
	if !ok {
		p.Absent("stack-scans", probe.One, "this release does not count the stack that it scans")
	} else {
		p.Value("stack-scans", probe.One, scanned/float64(used))
	}
	p.Outcome("ran-during-cycle", ran > int64(goroutines))
	atomic.StoreInt32(&stop, 1)
	ended.Wait()
}

// descend calls itself until enough of the stack is in use, and calls atBottom with how much that is.
//
//go:noinline
func descend(top *byte, atBottom func(uintptr)) {
	var frame [256]byte
	frame[probe.Opaque(0)] = 1
	bytes := uintptr(unsafe.Pointer(top)) - uintptr(unsafe.Pointer(&frame[0]))
	if bytes < stackBytes {
		descend(top, atBottom)
	} else {
		atBottom(bytes)
	}
	probe.Keep(frame[0])
}

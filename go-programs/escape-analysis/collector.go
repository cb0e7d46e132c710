package main

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"harness/go-programs/probe"
)

// objects is enough for several cycles where each object is on the heap: 160 MB of them.
const objects = 10000000

// collector counts the cycles during the making of many objects of either kind, and looks whether
// the collector heeds what a stack object points to.
func collector(p *probe.Probe) {
	p.Outcome("cycles-of-stack-objects", cycles(func() { probe.Keep(localStruct()) }))
	p.Outcome("heap-objects-cause-cycles", cycles(func() { globalPoint = returnPointer() }) > 0)
	kept, freed := holdFromStack()
	p.Outcome("stack-object-keeps-a-heap-object", kept)
	p.Outcome("freed-after-the-return", freed)
}

func cycles(one func()) int {
	// A cycle that is under way would be counted.
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < objects; i++ {
		one()
	}
	runtime.ReadMemStats(&after)
	return int(after.NumGC - before.NumGC)
}

// holder is a struct on the stack with the only pointer to an object on the heap.
type holder struct {
	padding [8]int64
	held    *[4]int64
}

// holdFromStack says whether an object outlives two cycles while a stack object points to it, and
// whether it is freed after that. It could not be kept without reading the stack.
func holdFromStack() (kept, freed bool) {
	var gone int32
	alive := hold(&gone)
	for i := 0; i < 100 && atomic.LoadInt32(&gone) == 0; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	return alive, atomic.LoadInt32(&gone) == 1
}

//go:noinline
func hold(gone *int32) (alive bool) {
	var h holder
	attach(&h, gone)
	for i := 0; i < 3; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	alive = atomic.LoadInt32(gone) == 0
	probe.Keep(&h)
	return alive
}

//go:noinline
func attach(h *holder, gone *int32) {
	h.held = new([4]int64)
	runtime.SetFinalizer(h.held, func(*[4]int64) { atomic.StoreInt32(gone, 1) })
}

// movingStack says whether a variable's address changes when the stack grows, and whether a pointer
// to it is changed too. A goroutine of its own starts with a small stack.
func movingStack(p *probe.Probe) {
	type result struct{ moved, adjusted bool }
	done := make(chan result)
	go func() {
		variable := int64(42)
		pointer := &variable
		before := uintptr(unsafe.Pointer(pointer))
		probe.Keep(deepen(1000))
		variable++
		after := uintptr(unsafe.Pointer(pointer))
		done <- result{before != after, *pointer == 43 && pointer == &variable}
	}()
	r := <-done
	p.Outcome("stack-variable-moved", r.moved)
	p.Outcome("pointer-to-it-still-right", r.adjusted)
}

// deepen needs a stack of about 100 bytes a call.
//
//go:noinline
func deepen(n int) int64 {
	var frame [8]int64
	if n == 0 {
		return frame[0]
	}
	frame[n%8] = deepen(n - 1)
	return frame[n%8] + frame[(n+1)%8]
}

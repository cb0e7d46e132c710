package main

import (
	"sync/atomic"
	"unsafe" // also for go:linkname
)

// runtimeWriteBarrier is the variable that compiled stores test. Its first four bytes have been the
// switch on every release from 1.21 on; the runtime keeps the name open to linkname.
//
//go:linkname runtimeWriteBarrier runtime.writeBarrier
var runtimeWriteBarrier struct {
	enabled bool
	rest    [15]byte
}

// barrierOn reports whether the write barrier is on, which it is while the collector marks.
func barrierOn() bool {
	return atomic.LoadUint32((*uint32)(unsafe.Pointer(&runtimeWriteBarrier)))&0xff != 0
}

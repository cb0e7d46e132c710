// Alignment-32bit shows where a 64-bit field behind a 32-bit one lies, and what an atomic operation on
// it does. It is meant to be built for a 32-bit processor, and for a 64-bit one beside it.
package main

import (
	"sync/atomic"
	"unsafe"

	"harness/go-programs/probe"
)

// functions is for the functions of sync/atomic, methods for the methods.
type functions struct {
	x int32
	y int64
}

type methods struct {
	x int32
	y atomic.Int64
}

func main() {
	p := probe.New("alignment-32bit")
	p.Case("layout", "offsets of the 64-bit field and an atomic addition to it", func() {
		var f functions
		var m methods
		p.Outcome("pointer-bits", int(8*unsafe.Sizeof(uintptr(0))))
		p.Outcome("int64-offset", int(unsafe.Offsetof(f.y)))
		p.Outcome("atomic-int64-offset", int(unsafe.Offsetof(m.y)))

		// Several, so that one that happens to lie well proves nothing.
		const objects = 16
		misaligned, panicked, lost := 0, 0, 0
		typedMisaligned, typedPanicked := 0, 0
		message := ""
		for i := 0; i < objects; i++ {
			f, m := probe.Opaque(new(functions)), probe.Opaque(new(methods))
			if uintptr(unsafe.Pointer(&f.y))%8 != 0 {
				misaligned++
			}
			if uintptr(unsafe.Pointer(&m.y))%8 != 0 {
				typedMisaligned++
			}
			if said := probe.Panics(func() { atomic.AddInt64(&f.y, 1) }); said != "" {
				message = said
				panicked++
			} else if f.y != 1 {
				lost++
			}
			if probe.Panics(func() { m.y.Add(1) }) != "" || m.y.Load() != 1 {
				typedPanicked++
			}
		}
		p.Outcome("some-int64-misaligned", misaligned > 0)
		p.Outcome("misaligned-panic-and-others-add", panicked == misaligned && lost == 0)
		p.Outcome("panic-message", message)
		p.Outcome("atomic-int64-misaligned", typedMisaligned)
		p.Outcome("atomic-int64-failed", typedPanicked)
	})
	p.Main()
}

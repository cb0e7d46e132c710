package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"harness/go-programs/probe"
)

// item is an object that a pool keeps; its pointer keeps it out of the blocks of tiny objects.
type item struct {
	self *item
	n    uint64
}

// survival puts an object into a fresh pool and asks for it after some cycles of the collector.
// GOMAXPROCS must be 1, or the goroutine may ask on another processor.
func survival(p *probe.Probe) {
	debug.SetGCPercent(-1)
	p.Outcome("survives-no-gc", survives(0))
	p.Outcome("survives-one-gc", survives(1))
	p.Outcome("survives-two-gcs", survives(2))
	p.Outcome("survives-when-used-between", survivesInUse())
}

func survives(cycles int) bool {
	var pool sync.Pool
	kept := new(item)
	pool.Put(kept)
	for i := 0; i < cycles; i++ {
		runtime.GC()
	}
	return pool.Get() == interface{}(kept)
}

// survivesInUse fetches the object and puts it back between cycles, ten times.
func survivesInUse() bool {
	var pool sync.Pool
	kept := new(item)
	pool.Put(kept)
	for i := 0; i < 10; i++ {
		runtime.GC()
		if pool.Get() != interface{}(kept) {
			return false
		}
		pool.Put(kept)
	}
	return true
}

// trials are counted: a goroutine that the scheduler moves just then spoils one, not the majority.
const trials = 21

// perP puts one or two objects into a pool on one processor, and asks for one on another, while both
// goroutines run. The first object is the processor's own, the second may be taken by others.
func perP(p *probe.Probe) {
	debug.SetGCPercent(-1)
	var seenOne, seenTwo, back int
	for i := 0; i < trials; i++ {
		one, two := new(item), new(item)
		if got, own := askElsewhere(one); got == nil {
			if own == one {
				back++
			}
		} else {
			seenOne++
		}
		if got, _ := askElsewhere(one, two); got == two {
			seenTwo++
		}
	}
	p.Outcome("first-seen-by-another-p", seenOne > trials/2)
	p.Outcome("first-seen-by-its-p", back > trials/2)
	p.Outcome("second-seen-by-another-p", seenTwo > trials/2)
}

// askElsewhere puts the objects into a fresh pool and returns what a goroutine on another processor
// gets from it, and then what this one gets. Both spin, so that neither gives its processor away.
func askElsewhere(objects ...*item) (elsewhere, here *item) {
	var pool sync.Pool
	var step int32
	go func() {
		atomic.StoreInt32(&step, 1)
		for atomic.LoadInt32(&step) != 2 {
		}
		elsewhere, _ = pool.Get().(*item)
		atomic.StoreInt32(&step, 3)
	}()
	for atomic.LoadInt32(&step) != 1 {
	}
	for _, object := range objects {
		pool.Put(object)
	}
	atomic.StoreInt32(&step, 2)
	for atomic.LoadInt32(&step) != 3 {
	}
	here, _ = pool.Get().(*item)
	return elsewhere, here
}

package main

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

// watched is an object whose end is seen. It has a pointer, so that it is no part of a block of tiny
// objects.
type watched struct {
	other *watched
	n     uint64
}

// fate tells whether an object was found unreachable.
type fate struct{ freed int32 }

func (f *fate) gone() bool { return atomic.LoadInt32(&f.freed) != 0 }

// watch returns an object and its fate.
//
//go:noinline
func watch() (*watched, *fate) {
	object, f := new(watched), new(fate)
	runtime.SetFinalizer(object, func(*watched) { atomic.StoreInt32(&f.freed, 1) })
	return object, f
}

// collect runs the collector twice and waits until the finalizers that it queued have run: they run
// one after the other, so the one of an object that was dropped later is the last.
func collect() {
	for i := 0; i < 2; i++ {
		runtime.GC()
		waitFor(drop())
	}
}

// drop leaves an object behind that nothing reaches, and collects it.
func drop() *fate {
	f := dropped()
	runtime.GC()
	return f
}

//go:noinline
func dropped() *fate {
	_, f := watch()
	return f
}

func waitFor(f *fate) {
	for deadline := time.Now().Add(10 * time.Second); !f.gone(); {
		if time.Now().After(deadline) {
			fail("a finalizer did not run within 10 s")
		}
		time.Sleep(time.Millisecond)
	}
}

// heldByGlobal is a root.
var heldByGlobal *watched

// spinning ends the goroutine that keeps an object in a register.
var spinning int32 = 1

// roots has one object held by each kind of root, and one by nothing.
func roots(p *probe.Probe) {
	debug.SetGCPercent(-1)
	unreachable := dropped()
	global := holdGlobally()
	behind := holdBehind()
	release := make(chan struct{})
	stack := make(chan *fate)
	go func() { stack <- holdOnStack(stack, release) }()
	onStack := <-stack
	register := make(chan *fate)
	go holdInRegister(register)
	inRegister := <-register
	collect()
	p.Outcome("unreachable-freed", unreachable.gone())
	p.Outcome("global-freed", global.gone())
	p.Outcome("behind-global-freed", behind.gone())
	p.Outcome("stack-freed", onStack.gone())
	p.Outcome("register-freed", inRegister.gone())

	heldByGlobal = nil
	close(release)
	<-stack
	atomic.StoreInt32(&spinning, 0)
	<-register
	collect()
	p.Outcome("all-freed-when-let-go", global.gone() && behind.gone() && onStack.gone() && inRegister.gone())
}

//go:noinline
func holdGlobally() *fate {
	object, f := watch()
	heldByGlobal = object
	return f
}

// holdBehind hangs an object below the one that the global holds.
//
//go:noinline
func holdBehind() *fate {
	object, f := watch()
	heldByGlobal.other = object
	return f
}

// holdOnStack waits with an object that only its frame knows, and returns its fate again.
//
//go:noinline
func holdOnStack(out chan<- *fate, release <-chan struct{}) *fate {
	object, f := watch()
	out <- f
	<-release
	runtime.KeepAlive(object)
	return f
}

// holdInRegister works on an object in a loop without a call: the pointer stays in a register, and
// the collector has to interrupt the loop to find it.
//
//go:noinline
func holdInRegister(out chan<- *fate) {
	object, f := watch()
	out <- f
	for atomic.LoadInt32(&spinning) != 0 {
		object.n++
	}
	out <- f
}

// survived is how many cycles an object has seen before it is dropped.
const survived = 5

// ages tells whether an object that has survived some cycles is freed by the next one, which the
// collector starts by itself, and whether objects that refer to each other are.
func ages(p *probe.Probe) {
	debug.SetGCPercent(-1)
	old := holdGlobally()
	for i := 0; i < survived; i++ {
		runtime.GC()
	}
	p.Outcome("old-freed-while-held", old.gone())
	heldByGlobal = nil
	time.Sleep(time.Millisecond)
	p.Outcome("freed-at-drop", old.gone())
	debug.SetGCPercent(100)
	// A cycle that was under way at the drop may have marked it: it is the second end that counts.
	churnUntil(cycles() + 2)
	waitOrNot(old)
	p.Outcome("old-freed-by-next-cycle", old.gone())

	debug.SetGCPercent(-1)
	ring := dropRing()
	collect()
	p.Outcome("ring-freed", ring.gone())
}

// waitOrNot gives a finalizer a second to run.
func waitOrNot(f *fate) {
	for deadline := time.Now().Add(time.Second); !f.gone() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}

// dropRing drops two objects that refer to each other. Neither may have a finalizer of its own, so a
// third one tells.
//
//go:noinline
func dropRing() *fate {
	type link struct {
		next *link
		tell *watched
	}
	object, f := watch()
	a := &link{tell: object}
	a.next = &link{next: a}
	probe.Keep(a)
	return f
}

func cycles() float64 {
	n, ok := probe.ReadRuntimeMetric("/gc/cycles/total:gc-cycles")
	if !ok {
		fail("this release does not count cycles")
	}
	return n
}

// churned makes the compiler allocate what it points to.
var churned []byte

// churnUntil allocates until the collector has run that often.
func churnUntil(target float64) {
	for cycles() < target {
		for i := 0; i < 16; i++ {
			churned = make([]byte, 64<<10)
		}
	}
}

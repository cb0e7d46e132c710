package main

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

// made is how many contexts of each kind are made and forgotten.
const made = 200

// most is what counts as nearly all, and the rest of it as nearly none: a register may still hold
// one, and a finalizer may be late.
const most = made * 9 / 10

// witness hangs on a context; it is collected no earlier than the context. It is larger than what
// the runtime packs together.
type witness struct{ padding [8]int64 }

type witnessKey struct{}

// forgotten makes contexts, each below a witness of its own, forgets them, and returns how many are
// still in memory.
type forgotten struct{ gone int64 }

//go:noinline
func (f *forgotten) make(parent context.Context, derive func(context.Context)) {
	for i := 0; i < made; i++ {
		w := new(witness)
		runtime.SetFinalizer(w, func(*witness) { atomic.AddInt64(&f.gone, 1) })
		derive(context.WithValue(parent, witnessKey{}, w))
	}
}

// kept says what is in memory after several collections: "all", "none" or "some".
func (f *forgotten) kept() string {
	for i := 0; i < 20 && atomic.LoadInt64(&f.gone) < made; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	switch gone := atomic.LoadInt64(&f.gone); {
	case gone >= most:
		return "none"
	case gone <= made-most:
		return "all"
	default:
		return "some"
	}
}

// withCancel forgets a context and its cancel function. Keep looks like a use to go vet.
func withCancel(parent context.Context) {
	ctx, cancel := context.WithCancel(parent)
	probe.Keep(ctx)
	probe.Keep(cancel)
}

func withTimeout(after time.Duration) func(context.Context) {
	return func(parent context.Context) {
		ctx, cancel := context.WithTimeout(parent, after)
		probe.Keep(ctx)
		probe.Keep(cancel)
	}
}

func leaks(p *probe.Probe) {
	var a forgotten
	a.make(context.Background(), withCancel)
	p.Outcome("of-background", a.kept())

	parent, cancelParent := context.WithCancel(context.Background())
	var b forgotten
	b.make(parent, withCancel)
	p.Outcome("of-a-cancellable-parent", b.kept())
	cancelParent()
	p.Outcome("of-a-cancellable-parent-after-its-cancel", b.kept())

	var c forgotten
	c.make(context.Background(), withTimeout(time.Hour))
	p.Outcome("with-an-hour-left", c.kept())
	var d forgotten
	d.make(context.Background(), withTimeout(10*time.Millisecond))
	time.Sleep(100 * time.Millisecond)
	p.Outcome("with-their-time-over", d.kept())

	alive, cancelAlive := context.WithCancel(context.Background())
	var e forgotten
	e.make(alive, func(parent context.Context) {
		_, cancel := context.WithTimeout(parent, time.Hour)
		cancel()
	})
	p.Outcome("cancelled", e.kept())
	cancelAlive()

	workers(p)
	own(p)
}

// settled waits until the number of goroutines beyond base is n, and returns what it is in the end.
func settled(base, n int) int {
	for i := 0; i < 100 && runtime.NumGoroutine()-base != n; i++ {
		time.Sleep(time.Millisecond)
	}
	return runtime.NumGoroutine() - base
}

const started = 100

// workers counts goroutines that wait for contexts.
func workers(p *probe.Probe) {
	base := runtime.NumGoroutine()
	parent, cancelParent := context.WithCancel(context.Background())
	work := func(parent context.Context, finish bool) {
		for i := 0; i < started; i++ {
			ctx, cancel := context.WithCancel(parent)
			go func() { <-ctx.Done() }()
			if finish {
				cancel()
			}
			probe.Keep(cancel)
		}
	}
	work(parent, true)
	p.Outcome("workers-left-with-cancel", settled(base, 0))
	work(parent, false)
	runtime.GC()
	time.Sleep(20 * time.Millisecond)
	p.Outcome("workers-left-without-cancel", settled(base, started))
	cancelParent()
	p.Outcome("workers-left-after-the-parents-cancel", settled(base, 0))
}

// foreign is a parent that the package knows nothing about.
type foreign struct {
	context.Context
	done chan struct{}
}

func (f foreign) Done() <-chan struct{} { return f.done }

// own counts the goroutines that the package starts itself.
func own(p *probe.Probe) {
	base := runtime.NumGoroutine()
	parent, cancelParent := context.WithCancel(context.Background())
	for i := 0; i < started; i++ {
		withCancel(parent)
		withTimeout(time.Hour)(parent)
	}
	time.Sleep(10 * time.Millisecond)
	p.Outcome("goroutines-of-the-package", settled(base, 0))
	cancelParent()
	other := foreign{context.Background(), make(chan struct{})}
	for i := 0; i < started; i++ {
		withCancel(other)
	}
	p.Outcome("goroutines-of-the-package-below-a-foreign-parent", settled(base, started))
}

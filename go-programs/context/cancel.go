package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

func roots(p *probe.Probe) {
	background, todo := context.Background(), context.TODO()
	for i, ctx := range []context.Context{background, todo} {
		name := []string{"background", "todo"}[i]
		_, deadline := ctx.Deadline()
		p.Outcome(name+"-has-a-done-channel", ctx.Done() != nil)
		p.Outcome(name+"-has-an-error", ctx.Err() != nil)
		p.Outcome(name+"-has-a-deadline", deadline)
		p.Outcome(name+"-has-a-value", ctx.Value("any") != nil)
		// Its child can be cancelled, which does nothing to it.
		child, cancel := context.WithCancel(ctx)
		cancel()
		p.Outcome(name+"-child-is-cancelled", child.Err() == context.Canceled)
		p.Outcome(name+"-has-an-error-after-that", ctx.Err() != nil)
	}
	p.Outcome("equal-as-values", background == todo)
	p.Outcome("names", fmt.Sprint(background, " ", todo))
}

// ends waits for a context and says whether it ended in time, but not before its own.
func ends(ctx context.Context, after time.Duration, start time.Time) (in, early bool) {
	select {
	case <-ctx.Done():
		return true, time.Since(start) < after
	case <-time.After(soon):
		return false, false
	}
}

func deadlines(p *probe.Probe) {
	const after = 20 * time.Millisecond
	start := time.Now()
	timeout, cancelTimeout := context.WithTimeout(context.Background(), after)
	defer cancelTimeout()
	in, early := ends(timeout, after, start)
	p.Outcome("timeout-ends", in)
	p.Outcome("timeout-ends-early", early)
	p.Outcome("timeout-error", fmt.Sprint(timeout.Err()))

	start = time.Now()
	deadline, cancelDeadline := context.WithDeadline(context.Background(), start.Add(after))
	defer cancelDeadline()
	in, early = ends(deadline, after, start)
	p.Outcome("deadline-ends", in)
	p.Outcome("deadline-ends-early", early)
	p.Outcome("deadline-error", fmt.Sprint(deadline.Err()))

	outer, cancelOuter := context.WithTimeout(context.Background(), after)
	defer cancelOuter()
	inner, cancelInner := context.WithTimeout(outer, time.Hour)
	defer cancelInner()
	in, _ = ends(inner, after, start)
	p.Outcome("longer-child-ends-with-its-parent", in)

	cancelled, cancel := context.WithTimeout(context.Background(), time.Hour)
	cancel()
	p.Outcome("cancelled-before-its-time", fmt.Sprint(cancelled.Err()))
}

func tree(p *probe.Probe) {
	root, cancelRoot := context.WithCancel(context.Background())
	defer cancelRoot()
	var all []context.Context
	var cancels []context.CancelFunc
	level := []context.Context{root}
	for depth := 0; depth < 3; depth++ {
		var next []context.Context
		for i, parent := range level {
			for j := 0; j < 2; j++ {
				child, cancel := derive(parent, i+j)
				next, cancels = append(next, child), append(cancels, cancel)
			}
		}
		all, level = append(all, next...), next
	}
	leaf, parent := all[len(all)-1], all[5]
	cancels[len(cancels)-1]()
	p.Outcome("cancelled-leaf", leaf.Err() == context.Canceled)
	p.Outcome("its-parent-is-cancelled", parent.Err() != nil)
	p.Outcome("others-that-are-cancelled", cancelled(all)-1)
	cancelRoot()
	p.Outcome("descendants", len(all))
	p.Outcome("descendants-cancelled-with-the-root", cancelled(all))
	late, cancel := context.WithCancel(leaf)
	defer cancel()
	p.Outcome("child-of-a-cancelled-one-is-cancelled", late.Err() == context.Canceled)
}

// derive makes children of each kind in turn.
func derive(parent context.Context, kind int) (context.Context, context.CancelFunc) {
	if kind%2 == 0 {
		return context.WithCancel(parent)
	}
	return context.WithTimeout(context.WithValue(parent, key{}, kind), time.Hour)
}

func cancelled(contexts []context.Context) int {
	n := 0
	for _, ctx := range contexts {
		if ctx.Err() == context.Canceled {
			n++
		}
	}
	return n
}

// compute works until it is told to stop, or for ever.
func compute(stop func() bool) {
	sum := uint64(0)
	for i := uint64(1); ; i++ {
		sum += i * i
		if i%1024 == 0 {
			probe.Keep(sum)
			if stop() {
				return
			}
		}
	}
}

func loop(p *probe.Probe) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		time.Sleep(50 * time.Millisecond)
		cancel()
	}()
	p.Outcome("stops-with-err", probe.Returns(soon, func() { compute(func() bool { return ctx.Err() != nil }) }))
	p.Outcome("error", fmt.Sprint(ctx.Err()))
	p.Outcome("stops-with-done", probe.Returns(soon, func() {
		compute(func() bool {
			select {
			case <-ctx.Done():
				return true
			default:
				return false
			}
		})
	}))
	// The context is cancelled already; this one does not look, and is left behind.
	p.Outcome("stops-without-looking", probe.Returns(patience, func() { compute(func() bool { return false }) }))
	other, cancelOther := context.WithCancel(context.Background())
	defer cancelOther()
	p.Outcome("stops-without-cancel", probe.Returns(patience, func() {
		compute(func() bool { return other.Err() != nil })
	}))
}

// waiting is how many goroutines wait for one context.
const waiting = 1000

func broadcast(p *probe.Probe) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	data := make(chan int, 1)
	var ready, done sync.WaitGroup
	var woken, early int32
	ready.Add(waiting)
	done.Add(waiting)
	before := int32(0)
	for i := 0; i < waiting; i++ {
		go func() {
			defer done.Done()
			ready.Done()
			<-ctx.Done()
			atomic.AddInt32(&early, 1-atomic.LoadInt32(&before))
			atomic.AddInt32(&woken, 1)
		}()
	}
	ready.Wait()
	time.Sleep(20 * time.Millisecond)
	p.Outcome("woken-before-cancel", int(atomic.LoadInt32(&woken)))
	atomic.StoreInt32(&before, 1)
	cancel()
	p.Outcome("all-wake-up", probe.Returns(soon, done.Wait))
	p.Outcome("woken", int(atomic.LoadInt32(&woken)))
	p.Outcome("woken-too-early", int(atomic.LoadInt32(&early)))
	_, open := <-ctx.Done()
	p.Outcome("done-channel-is-closed", !open)
	// The channel of the data is as open as before.
	p.Outcome("data-channel-takes-a-value", probe.Returns(soon, func() { data <- 7 }))
	value, open := <-data
	p.Outcome("data-channel-is-open", open && value == 7)
	p.Outcome("cancelling-twice-panics", probe.Panics(cancel) != "")
}

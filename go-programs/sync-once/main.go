// Sync-once shows how often the function of a sync.Once runs, who waits for it, what its panic does
// to later callers, and what a call costs afterwards.
package main

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

// plenty is the limit of what must happen: it is never used up where all is well.
const plenty = 20 * time.Second

var order []string

func init() { order = append(order, "init") }

func main() {
	order = append(order, "main")
	p := probe.New("sync-once")
	p.Case("once", "a hundred goroutines call Do and OnceValue at the same time", func() {
		p.Outcome("order-of-init", strings.Join(order, ", "))
		simultaneous(p)
		value(p)
	})
	p.Case("panic", "the function panics, while another caller waits and before later ones come", func() {
		afterPanic(p)
		waitingCaller(p)
		onceFuncPanics(p)
	})
	p.Case("recursive", "the function calls Do of its own Once", func() {
		p.Outcome("recursive-do", probe.RunChild(plenty, nil, "--case=do-in-do").Fate())
		p.Outcome("do-of-another-once", probe.RunChild(plenty, nil, "--case=do-of-another").Fate())
	})
	p.Case("do-in-do", "child: calls Do of the same Once inside", func() {
		var once sync.Once
		once.Do(func() { once.Do(func() {}) })
	})
	p.Case("do-of-another", "child: calls Do of another Once inside", func() {
		var once, other sync.Once
		once.Do(func() { other.Do(func() {}) })
	})
	p.Case("fast-path", "calls after the first", func() { fastPath(p) })
	p.Main()
}

func simultaneous(p *probe.Probe) {
	const callers = 100
	var once sync.Once
	var runs, early int32
	complete := false
	together(callers, func() {
		once.Do(func() {
			atomic.AddInt32(&runs, 1)
			time.Sleep(20 * time.Millisecond)
			complete = true
		})
		// A race build vouches for this plain read: Do orders it after the write.
		if !complete {
			atomic.AddInt32(&early, 1)
		}
	})
	p.Outcome("runs", int(runs))
	p.Outcome("returned-before-completion", int(early))
}

func value(p *probe.Probe) {
	const callers = 50
	var runs, wrong int32
	get := sync.OnceValue(func() int {
		time.Sleep(5 * time.Millisecond)
		return 41 + int(atomic.AddInt32(&runs, 1))
	})
	together(callers, func() {
		if get() != 42 {
			atomic.AddInt32(&wrong, 1)
		}
	})
	p.Outcome("oncevalue-runs", int(runs))
	p.Outcome("oncevalue-wrong-results", int(wrong))
}

func afterPanic(p *probe.Probe) {
	var once sync.Once
	runs := 0
	f := func() {
		runs++
		panic("no config")
	}
	p.Outcome("first-do-panics", probe.Panics(func() { once.Do(f) }) == "no config")
	p.Outcome("later-do-panics", probe.Panics(func() { once.Do(f) }) != "")
	p.Outcome("runs-after-panic", runs)
}

// waitingCaller has a second goroutine inside Do while the function of the first one panics.
func waitingCaller(p *probe.Probe) {
	var once sync.Once
	var runs int32
	started, calls := make(chan struct{}), make(chan struct{})
	first, second := make(chan string, 1), make(chan string, 1)
	go func() {
		first <- probe.Panics(func() {
			once.Do(func() {
				atomic.AddInt32(&runs, 1)
				close(started)
				<-calls
				// The second one needs a moment to get from here into Do.
				time.Sleep(50 * time.Millisecond)
				panic("no config")
			})
		})
	}()
	<-started
	go func() {
		close(calls)
		second <- probe.Panics(func() { once.Do(func() { atomic.AddInt32(&runs, 1) }) })
	}()
	p.Outcome("running-caller-panics", <-first == "no config")
	p.Outcome("waiting-caller-panics", <-second != "")
	p.Outcome("runs-with-two-callers", int(runs))
}

func onceFuncPanics(p *probe.Probe) {
	runs := 0
	f := sync.OnceFunc(func() {
		runs++
		panic("no config")
	})
	every := true
	for i := 0; i < 3; i++ {
		every = every && probe.Panics(f) == "no config"
	}
	p.Outcome("oncefunc-every-caller-panics", every)
	p.Outcome("oncefunc-runs", runs)
}

func fastPath(p *probe.Probe) {
	const target, warmup, batches = 1000000, 3, 20
	var once sync.Once
	sum := probe.Opaque(0)
	f := probe.Opaque(func() { sum++ })
	once.Do(f)
	p.Bench("do", target, warmup, batches, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			once.Do(f)
		}
	})
	flag := new(uint32)
	atomic.StoreUint32(flag, 1)
	p.Bench("load", target, warmup, batches, func(n uint64) {
		set := uint32(0)
		for i := uint64(0); i < n; i++ {
			set |= atomic.LoadUint32(flag)
		}
		probe.Keep(set)
	})
	get := probe.Opaque(sync.OnceValue(func() int { return 42 }))
	p.Bench("once-value", target, warmup, batches, func(n uint64) {
		last := 0
		for i := uint64(0); i < n; i++ {
			last = get()
		}
		probe.Keep(last)
	})
	p.Check(strconv.Itoa(sum) + " " + strconv.Itoa(get()))
}

// together runs work in n goroutines that start at the same time.
func together(n int, work func()) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	done.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			defer done.Done()
			ready.Done()
			<-start
			work()
		}()
	}
	ready.Wait()
	close(start)
	done.Wait()
}

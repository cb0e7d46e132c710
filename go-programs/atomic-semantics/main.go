// Atomic-semantics shows what the operations of sync/atomic return, what an atomic.Value accepts, and
// that two atomics are not one.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("atomic-semantics")
	p.Case("operations", "what each operation returns and leaves behind", func() { operations(p) })
	p.Case("value", "what an atomic.Value holds and refuses", func() {
		valueRefusals(p)
		hotReload(p)
	})
	p.Case("two-values", "a pair that must stay equal, kept in three ways", func() { twoValues(p) })
	p.Main()
}

func operations(p *probe.Probe) {
	n := int64(5)
	p.Outcome("add-returns-new", atomic.AddInt64(&n, 3) == 8 && n == 8)
	p.Outcome("load-returns-value", atomic.LoadInt64(&n) == 8)
	atomic.StoreInt64(&n, 42)
	p.Outcome("store-sets", n == 42)
	p.Outcome("cas-reports-failure", !atomic.CompareAndSwapInt64(&n, 41, 1) && n == 42)
	p.Outcome("cas-reports-success", atomic.CompareAndSwapInt64(&n, 42, 7) && n == 7)
	p.Outcome("swap-returns-old", atomic.SwapInt64(&n, 9) == 7 && n == 9)

	// Each successful swap moves the number by one, so that number and successes agree only if none is reported wrongly.
	const goroutines, each = 8, 20000
	var atomically int64
	var tickets, won int64
	parallel(goroutines, func() {
		for i := 0; i < each; i++ {
			atomic.AddInt64(&atomically, 1)
			if old := atomic.LoadInt64(&tickets); atomic.CompareAndSwapInt64(&tickets, old, old+1) {
				atomic.AddInt64(&won, 1)
			}
		}
	})
	p.Outcome("increments-lost", int(goroutines*each-atomically))
	p.Outcome("every-success-counted-once", tickets == won)
}

func valueRefusals(p *probe.Probe) {
	var v atomic.Value
	p.Outcome("load-before-store-is-nil", v.Load() == nil)
	p.Outcome("store-nil", probe.Panics(func() { v.Store(nil) }))
	v.Store([]string{"any", "type"})
	p.Outcome("store-same-type-panics", probe.Panics(func() { v.Store([]string{}) }) != "")
	p.Outcome("store-other-type", probe.Panics(func() { v.Store(map[string]int{}) }))

	var shared atomic.Value
	var wrong int32
	shared.Store(0)
	parallel(8, func() {
		for i := 1; i <= 2000; i++ {
			shared.Store(i)
			if got, ok := shared.Load().(int); !ok || got < 1 || got > 2000 {
				atomic.AddInt32(&wrong, 1)
			}
		}
	})
	p.Outcome("concurrent-stores-wrong-loads", int(wrong))
}

// config is consistent when all of it comes from one version.
type config struct {
	version int
	name    string
	limits  []int
}

func load(version int) *config {
	return &config{version, fmt.Sprint("v", version), []int{version, version}}
}

func (c *config) consistent() bool {
	return c.name == fmt.Sprint("v", c.version) && c.limits[0] == c.version && c.limits[1] == c.version
}

// hotReload has readers use a configuration while it is replaced.
func hotReload(p *probe.Probe) {
	const versions = 500
	var current atomic.Value
	current.Store(load(0))
	var inconsistent, backwards int32
	var stop int32
	var readers sync.WaitGroup
	for i := 0; i < 4; i++ {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for last := 0; atomic.LoadInt32(&stop) == 0; {
				c := current.Load().(*config)
				if !c.consistent() {
					atomic.AddInt32(&inconsistent, 1)
				}
				if c.version < last {
					atomic.AddInt32(&backwards, 1)
				}
				last = c.version
			}
		}()
	}
	for version := 1; version <= versions; version++ {
		current.Store(load(version))
		runtime.Gosched()
	}
	atomic.StoreInt32(&stop, 1)
	readers.Wait()
	p.Outcome("reload-inconsistent-reads", int(inconsistent))
	p.Outcome("reload-older-after-newer", int(backwards))
	p.Outcome("reload-last-version-arrives", current.Load().(*config).version == versions)
}

// twoValues has a writer keep two values equal and a reader look for a difference.
func twoValues(p *probe.Probe) {
	var a, b int64
	p.Outcome("differs-with-two-atomics", differs(
		func(n int64) {
			atomic.StoreInt64(&a, n)
			// Where a scheduler may switch anyway; it only makes the gap more frequent.
			runtime.Gosched()
			atomic.StoreInt64(&b, n)
		},
		func() bool { return atomic.LoadInt64(&a) != atomic.LoadInt64(&b) },
	))

	var mu sync.Mutex
	var c, d int64
	p.Outcome("differs-with-mutex", differs(
		func(n int64) {
			mu.Lock()
			c = n
			runtime.Gosched()
			d = n
			mu.Unlock()
		},
		func() bool {
			mu.Lock()
			defer mu.Unlock()
			return c != d
		},
	))

	type pair struct{ a, b int64 }
	var both atomic.Value
	both.Store(pair{})
	p.Outcome("differs-with-one-pointer", differs(
		func(n int64) {
			runtime.Gosched()
			both.Store(pair{n, n})
		},
		func() bool {
			seen := both.Load().(pair)
			return seen.a != seen.b
		},
	))
}

// differs reports whether look ever finds a difference. It stops at the first one, or after both
// sides have run for a while.
func differs(write func(int64), look func() bool) bool {
	const duration = 100 * time.Millisecond
	var stop int32
	var writer sync.WaitGroup
	writer.Add(1)
	go func() {
		defer writer.Done()
		for n := int64(1); atomic.LoadInt32(&stop) == 0; n++ {
			write(n)
		}
	}()
	found := false
	for start := time.Now(); !found && time.Since(start) < duration; {
		found = look()
		runtime.Gosched()
	}
	atomic.StoreInt32(&stop, 1)
	writer.Wait()
	return found
}

func parallel(n int, work func()) {
	var wg sync.WaitGroup
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			defer wg.Done()
			work()
		}()
	}
	wg.Wait()
}

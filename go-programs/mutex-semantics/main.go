// Mutex-semantics shows who may hold a mutex or a reader-writer lock at the same time, who waits for
// whom, and what a panic or a second Lock by the holder does.
package main

import (
	"sync"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

const (
	// patience is how long something may take before it counts as blocked for ever.
	patience = 200 * time.Millisecond
	// plenty is the limit of what must happen: it is never used up where all is well.
	plenty = 20 * time.Second
)

func main() {
	p := probe.New("mutex-semantics")
	p.Case("exclusive", "goroutines add to a number under a mutex; others ask for it while it is held", func() {
		exclusive(p)
	})
	p.Case("readers", "readers, and readers and a writer, meet at a reader-writer lock", func() {
		readersTogether(p)
		writerExcludes(p)
	})
	p.Case("waiting-writer", "a reader comes while a writer waits", func() {
		waitingWriter(p)
		writerAmongReaders(p)
	})
	p.Case("panic", "a holder panics with and without a deferred Unlock", func() {
		p.Outcome("free-after-panic-with-defer", freeAfterPanic(true))
		p.Outcome("free-after-panic-without-defer", freeAfterPanic(false))
	})
	p.Case("relock", "the holder locks again", func() {
		child := probe.RunChild(plenty, nil, "--case=lock-twice")
		p.Outcome("lock-twice", child.Fate())
		p.Outcome("lock-twice-exit", child.ExitCode)
		p.Outcome("lock-unlock-lock", probe.RunChild(plenty, nil, "--case=lock-unlock-lock").Fate())
		var mu sync.Mutex
		mu.Lock()
		p.Outcome("trylock-by-holder", mu.TryLock())
	})
	p.Case("lock-twice", "child: locks a mutex twice", func() {
		var mu sync.Mutex
		mu.Lock()
		mu.Lock()
	})
	p.Case("lock-unlock-lock", "child: the same with an Unlock in between", func() {
		var mu sync.Mutex
		mu.Lock()
		mu.Unlock()
		mu.Lock()
	})
	p.Main()
}

func exclusive(p *probe.Probe) {
	const goroutines, each = 8, 20000
	var mu sync.Mutex
	total := 0
	parallel(goroutines, func() {
		for i := 0; i < each; i++ {
			mu.Lock()
			total++
			mu.Unlock()
		}
	})
	p.Outcome("increments-lost", goroutines*each-total)
	p.Outcome("two-meet-inside-mutex", meet(2, &mu))
	p.Outcome("two-meet-without-lock", meet(2, nil))

	mu.Lock()
	p.Outcome("trylock-while-held", mu.TryLock())
	second := make(chan struct{})
	go func() {
		mu.Lock()
		close(second)
	}()
	p.Outcome("lock-while-held-returns", within(second, patience))
	mu.Unlock()
	p.Outcome("lock-after-unlock-returns", within(second, plenty))
}

// meet reports whether n goroutines are between Lock and Unlock at the same time.
func meet(n int32, lock sync.Locker) bool {
	var inside int32
	var left sync.WaitGroup
	all, leave := make(chan struct{}), make(chan struct{})
	for i := int32(0); i < n; i++ {
		left.Add(1)
		go func() {
			defer left.Done()
			if lock != nil {
				lock.Lock()
				defer lock.Unlock()
			}
			if atomic.AddInt32(&inside, 1) == n {
				close(all)
			}
			<-leave
			atomic.AddInt32(&inside, -1)
		}()
	}
	met := within(all, patience)
	close(leave)
	left.Wait()
	return met
}

func readersTogether(p *probe.Probe) {
	var rw sync.RWMutex
	p.Outcome("four-readers-meet", meet(4, rw.RLocker()))
	var mu sync.Mutex
	p.Outcome("two-meet-under-a-plain-mutex", meet(2, &mu))
}

func writerExcludes(p *probe.Probe) {
	var rw sync.RWMutex
	rw.Lock()
	p.Outcome("tryrlock-while-written", rw.TryRLock())
	p.Outcome("trylock-while-written", rw.TryLock())
	reader, writer := make(chan struct{}), make(chan struct{})
	go func() {
		rw.RLock()
		rw.RUnlock()
		close(reader)
	}()
	go func() {
		rw.Lock()
		rw.Unlock()
		close(writer)
	}()
	p.Outcome("reader-enters-while-written", within(reader, patience))
	p.Outcome("writer-enters-while-written", within(writer, patience/10))
	rw.Unlock()
	p.Outcome("both-enter-after-unlock", within(reader, plenty) && within(writer, plenty))

	var read sync.RWMutex
	read.RLock()
	p.Outcome("trylock-while-read", read.TryLock())
	p.Outcome("tryrlock-while-read", read.TryRLock())
}

func waitingWriter(p *probe.Probe) {
	var rw sync.RWMutex
	rw.RLock()
	order := make(chan string, 2)
	go func() {
		rw.Lock()
		order <- "writer"
		rw.Unlock()
	}()
	// A reader can still come in until the writer has announced itself.
	for start := time.Now(); rw.TryRLock() && time.Since(start) < plenty; {
		rw.RUnlock()
		time.Sleep(time.Millisecond)
	}
	entered := make(chan struct{})
	go func() {
		rw.RLock()
		order <- "reader"
		rw.RUnlock()
		close(entered)
	}()
	p.Outcome("new-reader-enters-while-writer-waits", within(entered, patience))
	rw.RUnlock()
	p.Outcome("order-after-the-old-reader", <-order+", "+<-order)
}

// writerAmongReaders has readers whose sections overlap, so that the lock is never free of them
// unless new ones are held back.
func writerAmongReaders(p *probe.Probe) {
	var rw sync.RWMutex
	var stop, overlaps int32
	var inside int32
	var readers sync.WaitGroup
	for i := 0; i < 4; i++ {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for atomic.LoadInt32(&stop) == 0 {
				rw.RLock()
				if atomic.AddInt32(&inside, 1) > 1 {
					atomic.AddInt32(&overlaps, 1)
				}
				time.Sleep(time.Millisecond)
				atomic.AddInt32(&inside, -1)
				rw.RUnlock()
			}
		}()
	}
	for start := time.Now(); atomic.LoadInt32(&overlaps) < 10 && time.Since(start) < plenty; {
		time.Sleep(time.Millisecond)
	}
	got := make(chan struct{})
	go func() {
		rw.Lock()
		rw.Unlock()
		close(got)
	}()
	p.Outcome("writer-gets-in-among-readers", within(got, plenty))
	atomic.StoreInt32(&stop, 1)
	readers.Wait()
}

func freeAfterPanic(deferred bool) bool {
	var mu sync.Mutex
	probe.Panics(func() {
		mu.Lock()
		if deferred {
			defer mu.Unlock()
		}
		panic("inside")
	})
	return mu.TryLock()
}

func within(done <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
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

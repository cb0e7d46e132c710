// Goroutine-leak shows goroutines that wait for something that never comes, and what reveals them.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"harness/go-programs/probe"
)

const (
	// patience is how long a goroutine must have waited to count as blocked for ever.
	patience = 300 * time.Millisecond
	// ample is a limit that even a busy machine keeps.
	ample = 10 * time.Second
)

func main() {
	p := probe.New("goroutine-leak")
	p.Case("blocked", "goroutines on channels and locks that nobody can reach any more", func() { blocked(p) })
	p.Case("detect", "what tells of leaked goroutines", func() { detect(p) })
	p.Case("range", "a loop over a channel that is closed, or not", func() { ranging(p) })
	p.Case("range-in-main", "the child: main ranges over a channel that is never closed", func() {
		for range filled() {
		}
	})
	p.Main()
}

// settled waits until the number of goroutines is what is expected, and returns it as it is in the end.
func settled(expected int) int {
	for end := time.Now().Add(ample); time.Now().Before(end) && runtime.NumGoroutine() != expected; {
		time.Sleep(time.Millisecond)
	}
	return runtime.NumGoroutine()
}

func collect() {
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
}

func blocked(p *probe.Probe) {
	const goroutines = 1000
	base := runtime.NumGoroutine()
	kept := onChannels(goroutines)
	collect()
	settled(base + goroutines)
	for _, c := range kept {
		close(c)
	}
	kept = nil
	p.Outcome("left-when-channels-close", settled(base)-base)

	onChannels(goroutines)
	settled(base + goroutines)
	collect()
	time.Sleep(patience)
	p.Outcome("left-on-channels", runtime.NumGoroutine()-base)

	base = runtime.NumGoroutine()
	lock := onLocks(goroutines)
	settled(base + goroutines)
	lock.Unlock()
	p.Outcome("left-when-unlocked", settled(base)-base)

	onLocks(goroutines)
	settled(base + goroutines)
	collect()
	time.Sleep(patience)
	p.Outcome("left-on-locks", runtime.NumGoroutine()-base)
}

// onChannels starts goroutines that receive from a channel each, to which only the result leads.
func onChannels(n int) []chan int {
	channels := make([]chan int, n)
	for i := range channels {
		channels[i] = make(chan int)
		go waitFor(channels[i])
	}
	return channels
}

//go:noinline
func waitFor(c <-chan int) { <-c }

// onLocks starts goroutines that want a lock which is held.
func onLocks(n int) *sync.Mutex {
	lock := new(sync.Mutex)
	lock.Lock()
	for i := 0; i < n; i++ {
		go func() {
			lock.Lock()
			lock.Unlock()
		}()
	}
	return lock
}

func detect(p *probe.Probe) {
	const goroutines = 100
	before, profileBefore := runtime.NumGoroutine(), pprof.Lookup("goroutine").Count()
	onChannels(goroutines)
	settled(before + goroutines)
	time.Sleep(20 * time.Millisecond)
	p.Outcome("counted-by-runtime", runtime.NumGoroutine()-before)
	p.Outcome("counted-by-profile", pprof.Lookup("goroutine").Count()-profileBefore)
	p.Outcome("profile-names-function", strings.Contains(profileText("goroutine", 1), "main.waitFor"))
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	p.Outcome("listed-by-stack-dump", bytes.Count(stacks, []byte("\nmain.waitFor(")))
	p.Outcome("stack-dump-tells-why", bytes.Contains(stacks, []byte("[chan receive")))
	if pprof.Lookup("goroutineleak") == nil {
		p.Outcome("leak-profile", "not in this release")
		return
	}
	// The profile is looked up by collecting, which writing it does.
	p.Outcome("leak-profile", leaked(profileText("goroutineleak", 2)))
}

func profileText(name string, debug int) string {
	var text bytes.Buffer
	if err := pprof.Lookup(name).WriteTo(&text, debug); err != nil {
		fmt.Fprintf(os.Stderr, "goroutine-leak: write the profile %s: %v\n", name, err)
		os.Exit(1)
	}
	return text.String()
}

func leaked(text string) string {
	return fmt.Sprintf("%d leaked", strings.Count(text, "(leaked)"))
}

// filled is a channel with three values and no sender.
func filled() chan int {
	c := make(chan int, 3)
	for i := 0; i < cap(c); i++ {
		c <- i
	}
	return c
}

func ranging(p *probe.Probe) {
	open, closed := filled(), filled()
	close(closed)
	got := make(chan int, 8)
	over := func(c chan int) func() {
		return func() {
			for v := range c {
				got <- v
			}
		}
	}
	p.Outcome("ends-when-closed", probe.Returns(ample, over(closed)))
	p.Outcome("ends-when-never-closed", probe.Returns(patience, over(open)))
	p.Outcome("values-received", len(got))
	p.Outcome("main-alone", probe.RunChild(ample, nil, "--case=range-in-main").Fate())
}

package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"harness/go-programs/probe"
)

// loops run for ever. The first ones call nothing that could notice a request to yield.
var loops = []struct {
	name string
	run  func()
}{
	{"empty", func() {
		for {
		}
	}},
	{"arithmetic", func() {
		for x := uint64(1); ; {
			x = x*6364136223846793005 + 1
		}
	}},
	{"memory", func() {
		var words [64]int
		for i := 0; ; i++ {
			words[i&63] += words[(i+1)&63] + 1
		}
	}},
	{"atomic", func() {
		for n := new(int64); ; {
			atomic.AddInt64(n, 1)
		}
	}},
	{"leaf-call", func() {
		for x := 1; ; {
			x = leaf(x)
		}
	}},
	{"own-thread", func() {
		runtime.LockOSThread()
		for {
		}
	}},
	{"call", func() {
		for x := 1; ; {
			x = inner(x)
		}
	}},
	{"channel", func() {
		for c := make(chan int, 1); ; {
			c <- 1
			<-c
		}
	}},
	{"syscall", func() {
		for span := (syscall.Timespec{Nsec: 1}); ; {
			if err := syscall.Nanosleep(&span, nil); err != nil && err != syscall.EINTR {
				fatal("sleep", err)
			}
		}
	}},
}

// callFree is how many of the loops have no point at which they would yield by themselves.
const callFree = 6

// leaf is so small that the compiler leaves out the check of the stack.
//
//go:noinline
func leaf(x int) int { return x + 1 }

// inner calls, so it has the check.
//
//go:noinline
func inner(x int) int { return leaf(x) + 1 }

func loopNames() string {
	names := make([]string, len(loops))
	for i, loop := range loops {
		names[i] = loop.name
	}
	return strings.Join(names, ", ")
}

// spin ends only if main gets the processor back from goroutines that never end.
func spin(name string) {
	for _, loop := range loops {
		if loop.name == name {
			go loop.run()
			go loop.run()
			time.Sleep(20 * time.Millisecond)
			return
		}
	}
	fatal("spin", fmt.Errorf("no loop is called %s (known: %s)", name, loopNames()))
}

const (
	// ample is a limit that even a busy machine keeps.
	ample = 15 * time.Second
	// starved is how long main must have been kept waiting after its 20 ms, to count as starved.
	starved = 300 * time.Millisecond
)

func spinChild(limit time.Duration, loop, godebug string) string {
	env := []string{"GOMAXPROCS=1", "GODEBUG=" + godebug}
	return probe.RunChild(limit, env, "--case=spin", "--loop="+loop).Fate()
}

func withSignals(p *probe.Probe) {
	kept := make([]string, 0, len(loops))
	for _, loop := range loops[:callFree] {
		fate := spinChild(ample, loop.name, "")
		if fate != "finished" {
			kept = append(kept, loop.name)
		}
		if loop.name == "empty" {
			p.Outcome("empty-loop", fate)
		}
	}
	p.Outcome("loops-that-starve-main", orNone(kept))
}

func withoutSignals(p *probe.Probe) {
	for _, loop := range loops {
		switch loop.name {
		case "empty", "leaf-call":
			p.Outcome(loop.name, spinChild(starved, loop.name, "asyncpreemptoff=1"))
		case "call", "channel", "syscall":
			p.Outcome(loop.name, spinChild(ample, loop.name, "asyncpreemptoff=1"))
		}
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, " ")
}

// urgent counts the signals that reach the program, which gets to see those of the runtime too.
func urgent(p *probe.Probe) {
	arrived := make(chan os.Signal, 64)
	signal.Notify(arrived, syscall.SIGURG)
	time.Sleep(50 * time.Millisecond)
	p.Outcome("sigurg-at-rest", len(arrived) > 0)
	var stop int32
	stopped := make(chan struct{})
	go func() {
		for atomic.LoadInt32(&stop) == 0 {
		}
		close(stopped)
	}()
	time.Sleep(100 * time.Millisecond)
	atomic.StoreInt32(&stop, 1)
	<-stopped
	time.Sleep(20 * time.Millisecond)
	p.Outcome("sigurg-beside-a-loop", len(arrived) > 0)
}

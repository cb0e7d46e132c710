// Race-detector shows what a race build reports and what it does not. Each racy program is a child, so
// that its report and its exit code can be looked at.
package main

import (
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

// plenty is the limit of what must happen: it is never used up where all is well.
const plenty = 20 * time.Second

// raceExit is the exit code of a race build that has reported something.
const raceExit = 66

func main() {
	p := probe.New("race-detector")
	what := p.String("what", "", "which small program the child is")
	p.Case("reported", "unordered accesses, and what is on the usual list", func() {
		for _, name := range []string{"write-write", "write-read", "read-read", "counter", "map", "field"} {
			p.Outcome(name, verdict(child(name)))
		}
	})
	p.Case("ordered", "the same accesses, ordered by a lock, a channel, a WaitGroup or an atomic", func() {
		for _, name := range []string{"mutex", "channel-send", "channel-close", "waitgroup", "atomic"} {
			p.Outcome(name, verdict(child(name)))
		}
	})
	p.Case("missed", "a deadlock, and a race on a path that is not taken", func() {
		p.Outcome("partial-deadlock", verdict(child("deadlock")))
		p.Outcome("path-not-taken", verdict(child("path-not-taken")))
		p.Outcome("path-taken", verdict(child("path-taken")))
	})
	p.Case("report", "what stands in a report", func() { report(p) })
	p.Case("child", "child: one small program", func() { programs[*what]() })
	p.Main()
}

func child(name string) probe.Child {
	// Without this a race build sleeps for a second before it ends.
	return probe.RunChild(plenty, []string{"GORACE=atexit_sleep_ms=0"}, "--case=child", "--what="+name)
}

// verdict says what the detector made of a child.
func verdict(c probe.Child) string {
	reports := strings.Contains(c.Stderr, "WARNING: DATA RACE")
	switch {
	case reports && c.ExitCode == raceExit:
		return "race"
	case !reports && c.ExitCode == 0:
		return "silent"
	}
	return c.Fate()
}

func report(p *probe.Probe) {
	text := child("write-read").Stderr
	now := regexp.MustCompile(`(?s)(Read|Write) at (0x[0-9a-f]+) by goroutine (\d+):\n(.*?)\n\n`).FindStringSubmatch(text)
	before := regexp.MustCompile(`(?s)Previous (read|write) at (0x[0-9a-f]+) by goroutine (\d+):\n(.*?)\n\n`).FindStringSubmatch(text)
	if now == nil || before == nil {
		p.Outcome("both-accesses-in-report", false)
		return
	}
	p.Outcome("both-accesses-in-report", true)
	p.Outcome("kinds", strings.ToLower(now[1])+" after "+before[1])
	p.Outcome("same-address", now[2] == before[2])
	p.Outcome("two-goroutines", now[3] != before[3])
	p.Outcome("both-stacks", strings.Contains(now[4], "main.readNumber") && strings.Contains(before[4], "main.writeNumber"))
	p.Outcome("where-goroutines-began", strings.Count(text, ") created at:") == 2)
}

// programs are the children by name.
var programs = map[string]func(){
	"write-write": func() { apart(writeNumber, writeNumber) },
	"write-read":  func() { apart(writeNumber, readNumber) },
	"read-read":   func() { apart(readNumber, readNumber) },
	"counter": func() {
		n := 0
		apart(func() { n++ }, func() { n++ })
		probe.Keep(n)
	},
	"map": func() {
		m := map[string]int{}
		apart(func() { m["a"] = 1 }, func() { m["b"] = 2 })
		probe.Keep(len(m))
	},
	"field": func() {
		config := &struct{ name, path string }{}
		apart(func() { config.path = "a" }, func() { probe.Keep(config.path) })
	},
	"mutex": func() {
		var mu sync.Mutex
		locked := func() {
			mu.Lock()
			defer mu.Unlock()
			writeNumber()
		}
		apart(locked, locked)
	},
	"channel-send": func() {
		done := make(chan struct{}, 1)
		apart(func() { writeNumber(); done <- struct{}{} }, func() { <-done; writeNumber() })
	},
	"channel-close": func() {
		done := make(chan struct{})
		apart(func() { writeNumber(); close(done) }, func() { <-done; writeNumber() })
	},
	"waitgroup": func() {
		var first sync.WaitGroup
		first.Add(1)
		apart(func() { writeNumber(); first.Done() }, func() { first.Wait(); writeNumber() })
	},
	"atomic": func() {
		var flag int32
		apart(
			func() { writeNumber(); atomic.StoreInt32(&flag, 1) },
			func() {
				for atomic.LoadInt32(&flag) == 0 {
					time.Sleep(time.Millisecond)
				}
				writeNumber()
			},
		)
	},
	"deadlock":       deadlock,
	"path-not-taken": func() { guarded(false) },
	"path-taken":     func() { guarded(true) },
}

var number int

//go:noinline
func writeNumber() { number = 1 }

//go:noinline
func readNumber() { probe.Keep(number) }

// apart runs two functions in goroutines of their own, the second a little later. Nothing but what
// they do themselves orders them, and they never collide: only a detector can tell.
func apart(first, second func()) {
	var both sync.WaitGroup
	both.Add(2)
	go func() {
		defer both.Done()
		first()
	}()
	go func() {
		defer both.Done()
		time.Sleep(20 * time.Millisecond)
		second()
	}()
	both.Wait()
}

func guarded(racy bool) {
	if probe.Opaque(racy) {
		apart(writeNumber, writeNumber)
	}
}

// deadlock leaves two goroutines that wait for each other's lock for ever, and returns.
func deadlock() {
	var a, b sync.Mutex
	var held sync.WaitGroup
	held.Add(2)
	cross := func(mine, other *sync.Mutex) {
		mine.Lock()
		held.Done()
		held.Wait()
		other.Lock()
	}
	go cross(&a, &b)
	go cross(&b, &a)
	held.Wait()
	time.Sleep(50 * time.Millisecond)
	if a.TryLock() || b.TryLock() {
		panic("this was to be a deadlock")
	}
}

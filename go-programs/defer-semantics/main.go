// Defer-semantics shows when deferred calls run, in which order, and with which values.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"harness/go-programs/probe"
)

// limit is how long a child may take: far longer than it needs.
const limit = 20 * time.Second

// files are opened in the loop.
const files = 100

// pause is what the timing idiom has to see.
const pause = 20 * time.Millisecond

func main() {
	p := probe.New("defer-semantics")
	p.Case("order", "in which order deferred calls run, and when", func() { order(p) })
	p.Case("values", "which values deferred calls see", func() { values(p) })
	p.Case("files", "files that are closed by defer in a loop", func() { openInLoop(p) })
	p.Case("idioms", "cleaning up, unlocking, recovering, timing", func() { idioms(p) })
	p.Case("exit-child", "os.Exit with a deferred call pending", func() {
		defer fmt.Println("deferred")
		os.Exit(3)
	})
	p.Main()
}

// trace collects what happens, in the order in which it does.
type trace struct{ steps []string }

func (t *trace) add(step string) { t.steps = append(t.steps, step) }

func (t *trace) String() string { return strings.Join(t.steps, " ") }

func order(p *probe.Probe) {
	p.Outcome("three-deferred-calls", traced(func(t *trace) {
		defer t.add("first")
		defer t.add("second")
		defer t.add("third")
	}))
	p.Outcome("around-a-return", traced(func(t *trace) {
		t.add(returning(t))
	}))
	p.Outcome("at-the-end-of-a-block", traced(func(t *trace) {
		{
			defer t.add("deferred")
			t.add("in-block")
		}
		t.add("behind-block")
	}))
	p.Outcome("on-a-panic", traced(func(t *trace) {
		probe.Panics(func() {
			defer t.add("deferred")
			t.add("panicking")
			panic("as asked")
		})
		t.add("behind")
	}))
	p.Outcome("on-goexit", traced(func(t *trace) {
		var done sync.WaitGroup
		done.Add(1)
		go func() {
			defer done.Done()
			defer t.add("deferred")
			t.add("leaving")
			runtime.Goexit()
		}()
		done.Wait()
	}))
	p.Outcome("loop-of-three", traced(func(t *trace) {
		for i := 0; i < 3; i++ {
			defer t.add(fmt.Sprint(i))
		}
	}))
	child := probe.RunChild(limit, nil, "--case=exit-child")
	p.Outcome("fate-on-exit", child.Fate())
	p.Outcome("deferred-ran-on-exit", strings.Contains(child.Stdout, "deferred"))
}

func traced(f func(t *trace)) string {
	var t trace
	f(&t)
	return t.String()
}

// returning evaluates its result, then runs what it deferred, then returns.
func returning(t *trace) string {
	defer t.add("deferred")
	t.add("body")
	return result(t)
}

func result(t *trace) string {
	t.add("result")
	return "caller"
}

func values(p *probe.Probe) {
	p.Outcome("argument", traced(func(t *trace) {
		x := 1
		defer func(t *trace, x int) { t.add(fmt.Sprint(x)) }(t, x)
		x = 2
		probe.Keep(x)
	}))
	p.Outcome("variable-of-a-closure", traced(func(t *trace) {
		x := 1
		defer func() { t.add(fmt.Sprint(x)) }()
		x = 2
	}))
	p.Outcome("receiver", traced(func(t *trace) {
		c := number(1)
		defer c.addTo(t)
		c = 2
		probe.Keep(c)
	}))
	p.Outcome("named-result-changed", doubled(21))
}

// number is a receiver that is copied where the defer statement stands.
type number int

func (n number) addTo(t *trace) { t.add(fmt.Sprint(int(n))) }

func doubled(x int) (result int) {
	defer func() { result *= 2 }()
	return x
}

func openInLoop(p *probe.Probe) {
	// The first file that is opened brings files of the runtime with it.
	openOne().Close()
	before := open()
	during := before
	func() {
		for i := 0; i < files; i++ {
			f := openOne()
			defer f.Close()
		}
		during = open()
	}()
	p.Outcome("open-during-the-loop", during-before)
	p.Outcome("open-after-the-function", open()-before)

	most := 0
	for i := 0; i < files; i++ {
		func() {
			f := openOne()
			defer f.Close()
			if n := open() - before; n > most {
				most = n
			}
		}()
	}
	p.Outcome("open-with-a-function-of-its-own", most)
}

func openOne() *os.File {
	f, err := os.Open(os.DevNull)
	if err != nil {
		panic(err)
	}
	return f
}

// open counts the files that the process has open. The one that reads the folder is among them,
// each time.
func open() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	return len(entries)
}

func idioms(p *probe.Probe) {
	var f *os.File
	func() {
		f = openOne()
		defer f.Close()
	}()
	_, err := f.Read(make([]byte, 1))
	p.Outcome("file-closed", err != nil && strings.Contains(err.Error(), "already closed"))

	var mu sync.Mutex
	locked := false
	func() {
		mu.Lock()
		defer mu.Unlock()
		locked = !mu.TryLock()
	}()
	p.Outcome("locked-within", locked)
	p.Outcome("unlocked-after", mu.TryLock())

	p.Outcome("recovered", func() (message string) {
		defer func() {
			if r := recover(); r != nil {
				message = fmt.Sprint(r)
			}
		}()
		panic("as asked")
	}())

	var took, tookWrong time.Duration
	func() {
		defer func(start time.Time) { took = time.Since(start) }(time.Now())
		time.Sleep(pause)
	}()
	func() {
		// The clock is read where the closure runs, not where it is deferred.
		defer func() { tookWrong = time.Since(time.Now()) }()
		time.Sleep(pause)
	}()
	p.Outcome("timing-sees-the-pause", took >= pause)
	p.Outcome("timing-without-argument-sees-it", tookWrong >= pause)
}

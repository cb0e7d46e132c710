// Panic-recover shows what a panic ends, what it runs on its way, and where it can be stopped.
package main

import (
	"fmt"
	"log"
	"regexp"
	"runtime"
	"strings"
	"time"

	"harness/go-programs/probe"
)

const (
	// limit is how long a child may take: far longer than it needs.
	limit = 20 * time.Second
	// patience is how long a child waits for a goroutine to end its process before it says that it lives.
	patience = 2 * time.Second
)

func main() {
	p := probe.New("panic-recover")
	p.Case("unwinding", "deferred calls on the way of a panic", func() { unwinding(p) })
	p.Case("examples", "what panics, and how its panic looks", func() { examples(p) })
	p.Case("recover", "where recover stops a panic", func() { recovering(p) })
	p.Case("goroutine", "a panic of another goroutine", func() { goroutine(p) })
	p.Case("several", "panics of deferred calls", func() { several(p) })
	p.Case("log-fatal", "log.Fatal beside a panic", func() { logFatal(p) })

	p.Case("goroutine-child", "another goroutine panics, main waits", func() {
		go func() { panic("in a goroutine") }()
		time.Sleep(patience)
		fmt.Println("main lives")
	})
	p.Case("goroutine-recover-in-main-child", "as goroutine-child, with a recover in main", func() {
		defer recoverAndTell()
		go func() { panic("in a goroutine") }()
		time.Sleep(patience)
		fmt.Println("main lives")
	})
	p.Case("goroutine-recover-child", "as goroutine-child, with a recover in the goroutine", func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer recoverAndTell()
			panic("in a goroutine")
		}()
		<-done
		fmt.Println("main lives")
	})
	p.Case("main-child", "main panics, with a recover in main", func() {
		defer recoverAndTell()
		panic("in main")
	})
	p.Case("several-child", "three panics, none recovered", func() {
		defer func() { panic("third") }()
		defer func() { panic("second") }()
		panic("first")
	})
	p.Case("log-fatal-child", "log.Fatal in a function that recovers", func() {
		defer fmt.Println("deferred")
		defer recoverAndTell()
		log.Fatal("as asked")
	})
	p.Case("panic-child", "panic in place of log.Fatal", func() {
		defer fmt.Println("deferred")
		defer recoverAndTell()
		log.Panic("as asked")
	})
	p.Main()
}

func recoverAndTell() {
	if r := recover(); r != nil {
		fmt.Println("recovered:", r)
	}
}

func child(name string) probe.Child { return probe.RunChild(limit, nil, "--case="+name) }

func unwinding(p *probe.Probe) {
	var steps []string
	message := probe.Panics(func() { outer(&steps) })
	p.Outcome("order", strings.Join(steps, " "))
	p.Outcome("message", message)
}

func outer(steps *[]string) {
	defer func() { *steps = append(*steps, "outer-first") }()
	defer func() { *steps = append(*steps, "outer-last") }()
	middle(steps)
	*steps = append(*steps, "outer-goes-on")
}

func middle(steps *[]string) {
	defer func() { *steps = append(*steps, "middle") }()
	inner(steps)
	*steps = append(*steps, "middle-goes-on")
}

func inner(steps *[]string) {
	defer func() { *steps = append(*steps, "inner") }()
	panic("in inner")
}

// caught runs f and returns its panic, as the value that it is.
func caught(f func()) (value interface{}) {
	defer func() { value = recover() }()
	f()
	return nil
}

func examples(p *probe.Probe) {
	list := []int{1, 2, 3}
	index := caught(func() { probe.Keep(list[probe.Opaque(3)]) })
	p.Outcome("index-out-of-range", isRuntimeError(index, "index out of range"))
	var pointer *struct{ x int }
	dereference := caught(func() { probe.Keep(probe.Opaque(pointer).x) })
	p.Outcome("nil-dereference", isRuntimeError(dereference, "nil pointer dereference"))
	assertion := caught(func() { probe.Keep(probe.Opaque[interface{}]("text").(int)) })
	p.Outcome("wrong-type-assertion", isRuntimeError(assertion, "interface conversion"))
	invalid := caught(func() { regexp.MustCompile(probe.Opaque("(unclosed")) })
	p.Outcome("must-compile-invalid", invalid != nil && strings.Contains(fmt.Sprint(invalid), "missing closing )"))
	valid := caught(func() { regexp.MustCompile(probe.Opaque("(closed)")) })
	p.Outcome("must-compile-valid", valid != nil)
	_, err := regexp.Compile(probe.Opaque("(unclosed"))
	p.Outcome("compile-invalid-returns-an-error", err != nil)
}

// isRuntimeError says whether a panic's value is a runtime.Error with this in its text.
func isRuntimeError(value interface{}, text string) bool {
	err, ok := value.(runtime.Error)
	return ok && strings.Contains(err.Error(), text)
}

func recovering(p *probe.Probe) {
	p.Outcome("in-a-deferred-function", stops(func() {
		defer func() { _ = recover() }()
		panic("as asked")
	}))
	p.Outcome("in-a-named-deferred-function", stops(func() {
		defer recoverQuietly()
		panic("as asked")
	}))
	p.Outcome("in-a-helper-of-a-deferred-function", stops(func() {
		defer func() { recoverQuietly() }()
		panic("as asked")
	}))
	p.Outcome("outside-of-a-deferred-function", stops(func() {
		recoverQuietly()
		panic("as asked")
	}))
	p.Outcome("after-recovery-the-caller-goes-on", func() (what string) {
		func() {
			defer func() { _ = recover() }()
			panic("as asked")
		}()
		return "caller goes on"
	}())
}

func recoverQuietly() { _ = recover() }

// stops says whether a panic of f ends within f.
func stops(f func()) bool { return probe.Panics(f) == "" }

func goroutine(p *probe.Probe) {
	unrecovered := child("goroutine-child")
	p.Outcome("fate", unrecovered.Fate())
	p.Outcome("main-lives", strings.Contains(unrecovered.Stdout, "main lives"))
	inMain := child("goroutine-recover-in-main-child")
	p.Outcome("fate-with-recover-in-main", inMain.Fate())
	p.Outcome("recovered-in-main", strings.Contains(inMain.Stdout, "recovered"))
	inGoroutine := child("goroutine-recover-child")
	p.Outcome("fate-with-recover-in-the-goroutine", inGoroutine.Fate())
	p.Outcome("main-lives-with-recover-in-the-goroutine", strings.Contains(inGoroutine.Stdout, "main lives"))
	main := child("main-child")
	p.Outcome("fate-of-a-panic-in-main-with-recover", main.Fate())
}

func several(p *probe.Probe) {
	var seen string
	message := probe.Panics(func() {
		defer func() {
			seen = fmt.Sprint(recover())
		}()
		defer func() { panic("second") }()
		panic("first")
	})
	p.Outcome("recovered-by-a-call-that-was-deferred-before", seen)
	p.Outcome("left-after-that", message != "")
	p.Outcome("last-of-three", probe.Panics(func() {
		defer func() { panic("third") }()
		defer func() { panic("second") }()
		panic("first")
	}))
	var tooEarly interface{}
	p.Outcome("not-recovered-by-a-call-that-ran-before", probe.Panics(func() {
		defer func() { panic("second") }()
		defer func() { tooEarly = recover() }()
	}))
	p.Outcome("a-call-that-ran-before-saw-nothing", tooEarly == nil)
	dead := child("several-child")
	p.Outcome("fate-of-three", dead.Fate())
	p.Outcome("all-three-are-printed", inOrder(dead.Stderr, "panic: first", "panic: second", "panic: third"))
}

// inOrder says whether text holds the parts one after the other.
func inOrder(text string, parts ...string) bool {
	for _, part := range parts {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

func logFatal(p *probe.Probe) {
	fatal := child("log-fatal-child")
	p.Outcome("log-fatal-fate", fatal.Fate())
	p.Outcome("log-fatal-runs-deferred-calls", strings.Contains(fatal.Stdout, "deferred"))
	p.Outcome("log-fatal-can-be-recovered", strings.Contains(fatal.Stdout, "recovered"))
	panicked := child("panic-child")
	p.Outcome("log-panic-fate", panicked.Fate())
	p.Outcome("log-panic-runs-deferred-calls", strings.Contains(panicked.Stdout, "deferred"))
	p.Outcome("log-panic-can-be-recovered", strings.Contains(panicked.Stdout, "recovered"))
}

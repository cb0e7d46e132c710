package main

import (
	"strings"
	"sync"
	"time"

	"harness/go-programs/probe"
)

// linger is how long a child goes on after Wait, so that its goroutines get to run.
const linger = 20 * time.Millisecond

// misuses are programs of which all but the last call Add inside the goroutine.
var misuses = []struct {
	name, help string
	run        func()
}{
	{"bare", "Add inside, nothing shared, and main goes on for a while", func() {
		misuse(func(int) {}, func() {})
		time.Sleep(linger)
	}},
	{"late-wait", "main waits when the goroutines have begun and not ended", func() {
		misuse(func(int) { time.Sleep(2 * linger) }, func() { time.Sleep(linger) })
	}},
	{"shared", "main reads what each goroutine has written, and goes on for a while", func() {
		var results [members]int
		misuse(func(member int) { results[member] = 1 }, func() {})
		probe.Keep(results)
		time.Sleep(linger)
	}},
	{"correct", "Add before the goroutine, and a result for each", func() {
		var wg sync.WaitGroup
		var results [members]int
		for i := range results {
			wg.Add(1)
			go func(result *int) {
				defer wg.Done()
				*result = 1
			}(&results[i])
		}
		wg.Wait()
		probe.Keep(results)
	}},
}

const members = 4

// misuse starts goroutines that add themselves, and waits for them after pause.
func misuse(work func(member int), pause func()) {
	var wg sync.WaitGroup
	// A function of its own: go vet knows the plain form.
	join := func() { wg.Add(1) }
	for i := 0; i < members; i++ {
		go func(member int) {
			join()
			work(member)
			wg.Done()
		}(i)
	}
	pause()
	wg.Wait()
}

func race(p *probe.Probe) {
	const children = 8
	for _, m := range misuses {
		reported := 0
		for i := 0; i < children; i++ {
			child := probe.RunChild(patience, []string{"GORACE=atexit_sleep_ms=0"}, "--case=child-"+m.name)
			if child.ExitCode == 66 && strings.Contains(child.Stderr, "DATA RACE") {
				reported++
			}
		}
		p.Value("reported-"+m.name, probe.One, float64(reported)/children)
		p.Outcome(m.name+"-reported", reported > 0)
		p.Outcome(m.name+"-missed", reported < children)
	}
}

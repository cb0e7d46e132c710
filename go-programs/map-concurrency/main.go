// Map-concurrency lets goroutines use one map at the same time, without a lock, and notes what becomes of it.
package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"harness/go-programs/probe"
)

const (
	keys    = 1000
	readers = 4
	sweeps  = 300
	// caught is how long a collision may take to be noticed; it takes milliseconds.
	caught = 20 * time.Second
	// pause is long enough for a write to be over.
	pause = 100 * time.Millisecond
	// recovered is what a child prints where a deferred recover got hold of what ended a goroutine.
	recovered = "recovered"
)

func main() {
	p := probe.New("map-concurrency")
	p.Case("reads", "several goroutines read and range, nobody writes", func() { reads(p) })
	p.Case("collisions", "readers, loops and writers meet writers", func() { collisions(p) })
	p.Case("far-apart", "a write and a read without a lock, a pause apart", func() { farApart(p) })

	// The children of collisions: they run until the runtime ends them.
	p.Case("read-write", "child: one reads, one writes", func() { meet(read, overwrite) })
	p.Case("write-write", "child: two write", func() { meet(overwrite, overwrite) })
	p.Case("range-write", "child: one ranges, one writes", func() { meet(walk, overwrite) })
	p.Case("read-read", "child: two read, for a moment", func() { meetFor(100*time.Millisecond, read, read) })
	p.Case("nil-map", "child: a write to a nil map, an ordinary panic, with a deferred recover", func() {
		defer recoverLoudly()
		var m map[int]int
		m[probe.Opaque(1)] = 1
	})
	// The child of far-apart.
	p.Case("one-after-another", "child: a write, a pause, a read", oneAfterAnother)
	p.Main()
}

func filled() map[int]int {
	m := make(map[int]int)
	for i := 0; i < keys; i++ {
		m[i] = i
	}
	return m
}

// reads lets readers look up and range at the same time.
func reads(p *probe.Probe) {
	m := filled()
	wrong := make([]int, readers)
	var wg sync.WaitGroup
	for g := 0; g < readers; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < sweeps; i++ {
				sum := 0
				for key := range m {
					sum += m[key]
				}
				if sum != keys*(keys-1)/2 || len(m) != keys {
					wrong[g]++
				}
			}
		}(g)
	}
	wg.Wait()
	total := 0
	for _, n := range wrong {
		total += n
	}
	p.Outcome("wrong-sums", total)
	child := probe.RunChild(caught, nil, "--case=read-read")
	p.Outcome("readers-end-with", child.Fate())
	p.Outcome("race-detector-objects-to-readers", strings.Contains(child.Stderr, "DATA RACE"))
}

func collisions(p *probe.Probe) {
	for _, name := range []string{"read-write", "write-write", "range-write"} {
		child := probe.RunChild(caught, nil, "--case="+name)
		p.Outcome(name+"-ends-with", child.Fate())
		p.Outcome(name+"-exit-code", child.ExitCode)
		p.Outcome(name+"-was-recovered", strings.Contains(child.Stdout, recovered))
	}
	child := probe.RunChild(caught, nil, "--case=nil-map")
	p.Outcome("nil-map-ends-with", child.Fate())
	p.Outcome("nil-map-was-recovered", strings.Contains(child.Stdout, recovered))
}

func farApart(p *probe.Probe) {
	child := probe.RunChild(caught, nil, "--case=one-after-another")
	p.Outcome("far-apart-ends-with", child.Fate())
	p.Outcome("race-detector-objects", strings.Contains(child.Stderr, "DATA RACE"))
}

// meet runs a and b on one map for ever, each under a deferred recover.
func meet(a, b func(map[int]int)) { meetFor(caught, a, b) }

func meetFor(limit time.Duration, a, b func(map[int]int)) {
	m := filled()
	for _, work := range []func(map[int]int){a, b} {
		go func(work func(map[int]int)) {
			defer recoverLoudly()
			for {
				work(m)
			}
		}(work)
	}
	time.Sleep(limit)
}

func recoverLoudly() {
	if r := recover(); r != nil {
		fmt.Fprintln(os.Stdout, recovered, r)
	}
}

func read(m map[int]int) {
	sum := 0
	for i := 0; i < keys; i++ {
		sum += m[i]
	}
	probe.Keep(sum)
}

func walk(m map[int]int) {
	sum := 0
	for _, value := range m {
		sum += value
	}
	probe.Keep(sum)
}

// overwrite leaves the keys as they are: a table that grows under a reader could end it in another way first.
func overwrite(m map[int]int) {
	for i := 0; i < keys; i++ {
		m[i] = i
	}
}

func oneAfterAnother() {
	m := filled()
	go overwrite(m)
	time.Sleep(pause)
	read(m)
}

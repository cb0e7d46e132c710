// Goroutine-spawn measures what goroutines and OS threads cost: to create, to keep and to switch
// between. It needs Linux.
package main

import (
	"fmt"
	"os"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("goroutine-spawn")
	batch := p.Int("batch", 100, "units that exist at a time")
	units := p.Int("units", 10000, "units in a sample (spawn), units to park (park)")
	growKiB := p.Int("grow-kib", 0, "stack that each goroutine grows to before it parks, in KiB; 0: none")
	by := p.String("by", "yield", "what hands over: yield, channel (switch); park, pipe (switch-thread); yield, channel, park (switch-calls)")
	switches := p.Int("switches", 200000, "switches in a sample")
	pages := p.Int("pages", 1024, "pages read after each switch")

	p.Case("spawn", "start and join goroutines", func() {
		spawn(p, goroutines, *units, *batch)
	})
	p.Case("spawn-thread", "start and join goroutines that own a thread each, which ends with them", func() {
		spawn(p, ownedThreads, *units, *batch)
	})
	p.Case("park", "memory of goroutines that wait on a channel", func() {
		park(p, *units, *growKiB)
	})
	p.Case("park-thread", "memory of threads that wait, a locked goroutine each", func() {
		parkThreads(p, *units)
	})
	p.Case("start-after-deep", "stack of a new goroutine after the collector saw deep stacks", func() {
		startAfterDeep(p, *units)
	})
	p.Case("switch", "two goroutines that take turns; meant for GOMAXPROCS=1", func() {
		switchGoroutines(p, *by, *switches)
	})
	p.Case("switch-calls", "system calls of goroutines that take turns, counted in a traced child", func() {
		switchCalls(p, *by, *switches)
	})
	p.Case("take-turns", "child of switch-calls: take turns once", func() {
		takeTurns(p, *by, *switches)
	})
	p.Case("switch-thread", "two threads on one CPU that take turns", func() {
		switchThreads(p, *by, *switches)
	})
	p.Case("tlb", "reading pages after a thread switch, a process switch and a TLB flush", func() {
		tlb(p, *pages, *switches)
	})
	p.Case("saved-registers", "words that the runtime keeps of a goroutine that does not run", func() {
		savedRegisters(p)
	})
	p.Case("thread-limit", "threads that the kernel's settings allow", func() {
		threadLimit(p)
	})
	p.Main()
}

// fatal ends the process: without done, the invocation counts as failed.
func fatal(doing string, err error) {
	fmt.Fprintf(os.Stderr, "goroutine-spawn: %s: %v\n", doing, err)
	os.Exit(1)
}

// Worker-pool holds pools of workers and semaphores to what is promised of them: every job once, a
// bound that holds, an end without leftovers, what a panic does, what resizing takes, and what
// happens without a bound.
package main

import "harness/go-programs/probe"

func main() {
	p := probe.New("worker-pool")
	bound := p.String("bound", "pool", "who holds the memory: pool or goroutine-per-task")

	p.Case("pool", "a pool takes a thousand jobs", func() { poolRuns(p) })
	p.Case("results-buffer", "results are buffered by the length of the jobs channel, nobody reads", func() { resultsBuffer(p) })
	p.Case("close", "who closes the results, and when", func() { whoCloses(p) })
	p.Case("shutdown", "the jobs channel is closed", func() { shutdown(p) })
	p.Case("semaphore", "a buffered channel bounds goroutines", func() { semaphore(p) })
	p.Case("resize", "a semaphore gets smaller and larger", func() { resize(p) })
	p.Case("panic", "jobs panic, with and without recover", func() { panics(p) })
	p.Case("race", "the cases above under the race detector", func() { race(p) })
	p.Case("descriptors", "tasks that open files", func() { descriptors(p) })
	p.Case("connections", "tasks that query a database", func() { connections(p) })
	p.Case("memory", "tasks that need a buffer each", func() { memory(p, *bound) })
	p.Case("memory-limit", "the same in too little memory for all tasks together", func() { memoryLimit(p) })

	p.Case("child-memory", "tasks that need a buffer each, under a cap of the kernel", func() { memoryCapped(p, *bound) })
	p.Case("child-close-early", "results are closed before the workers have ended", closeEarly)
	p.Case("child-receiver-closes", "the receiver closes the results", receiverCloses)
	p.Case("child-panic", "a job panics and nobody recovers", func() { panicUnrecovered(true) })
	p.Case("child-no-panic", "the same without the bad job", func() { panicUnrecovered(false) })
	p.Case("child-racy", "workers count without a lock", racy)
	p.Main()
}

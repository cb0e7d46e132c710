// Thread-count shows how many threads goroutines need: parked ones, ones in system calls, ones that
// wait for the network, ones that read files. It needs Linux.
package main

import (
	"fmt"
	"os"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("thread-count")
	p.Case("parked", "many goroutines that wait on a channel", func() { parked(p) })
	p.Case("in-kernel", "a hundred goroutines in a system call; needs GOMAXPROCS=2", func() { inKernel(p) })
	p.Case("thread-limit", "more blocked goroutines than the runtime may have threads", func() { threadLimit(p) })
	p.Case("above-limit", "the child of thread-limit: ends in a crash", func() { aboveLimit() })
	p.Case("blocked-processor", "a goroutine in a system call beside one that works; needs GOMAXPROCS=1", func() {
		blockedProcessor(p)
	})
	p.Case("cached-reads", "reads of a file in the page cache beside another goroutine; needs GOMAXPROCS=1", func() {
		cachedReads(p)
	})
	p.Case("blocking-read", "where the thread is while a read blocks", func() { blockingRead(p) })
	p.Case("network", "goroutines that read from idle connections", func() { network(p) })
	p.Main()
}

// threads is the kernel's count of this process's threads.
func threads() int {
	n, ok := probe.ProcStatus("Threads")
	if !ok {
		fatal("count threads", os.ErrNotExist)
	}
	return int(n)
}

// fatal ends the process: without done, the invocation counts as failed.
func fatal(doing string, err error) {
	fmt.Fprintf(os.Stderr, "thread-count: %s: %v\n", doing, err)
	os.Exit(1)
}

// Stack-growth shows how a goroutine's stack grows, moves and shrinks, what that costs, and where it
// ends. It needs Linux.
package main

import (
	"fmt"
	"os"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("stack-growth")
	depth := p.Int("depth", 10000, "calls of the case descend")
	sizeKiB := p.Int("size-kib", 1024, "stack that grows in the case growth, or memory that copy moves")
	limit := p.Int("limit", 0, "limit of the stack in the case endless, in bytes; 0: as it is")

	p.Case("moves", "what happens to a local variable while the stack grows", func() { moves(p) })
	p.Case("limits", "children that recurse without end, with limits", func() { limits(p) })
	p.Case("endless", "the child: recursion without end", func() { endless(*limit) })
	p.Case("deep", "a million calls deep", func() { deep(p) })
	p.Case("shrink", "stacks after collections", func() { shrink(p) })
	p.Case("descend", "time of a descent that grows the stack, and of the same one again", func() { descend(p, *depth) })
	p.Case("growth", "time of one growth", func() { growth(p, *sizeKiB) })
	p.Case("copy", "time of copying as many bytes", func() { copyBytes(p, *sizeKiB) })
	p.Case("boundary", "time of a call at many depths around the sizes of stacks", func() { boundary(p) })
	p.Main()
}

// fatal ends the process: without done, the invocation counts as failed.
func fatal(doing string, err error) {
	fmt.Fprintf(os.Stderr, "stack-growth: %s: %v\n", doing, err)
	os.Exit(1)
}

// onFreshStack runs f on a goroutine of its own, whose stack is as small as it gets.
func onFreshStack(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

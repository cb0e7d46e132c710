package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"
	"unsafe"

	"harness/go-programs/probe"
)

// witness is a local variable of the first frame, watched from deeper ones.
type witness [8]uint64

// frame is what every call of a descent keeps on the stack.
type frame [16]uint64

// watch calls itself to the given depth. Each time that the witness has moved, it notes how much of
// the stack was in use. It says whether all frames kept what was in them.
//
//go:noinline
func watch(w *witness, last uintptr, left int, used *[]uintptr) bool {
	var here frame
	here[left&15] = uint64(left)
	at := uintptr(unsafe.Pointer(w))
	if at != last {
		*used = append(*used, at-uintptr(unsafe.Pointer(&here)))
	}
	kept := true
	if left > 0 {
		kept = watch(w, at, left-1, used)
	}
	return kept && here[left&15] == uint64(left)
}

const (
	kib = 1 << 10
	mib = 1 << 20
	// watched is a depth at which a stack of 4 MiB is not enough.
	watched = 5 * mib / int(unsafe.Sizeof(frame{}))
)

func moves(p *probe.Probe) {
	used := make([]uintptr, 0, 64)
	var before, after uintptr
	var kept, follows bool
	onFreshStack(func() {
		w := witness{1: 11, 7: 77}
		pointer := &w
		before = uintptr(unsafe.Pointer(&w))
		kept = watch(&w, before, watched, &used)
		after = uintptr(unsafe.Pointer(&w))
		pointer[1]++
		follows = w == witness{1: 12, 7: 77} && uintptr(unsafe.Pointer(pointer)) == after
	})
	p.Outcome("local-moves", before != after)
	p.Outcome("pointer-follows", follows)
	p.Outcome("contents-kept", kept)
	p.Outcome("doubles-each-time", doubles(used))
	p.Outcome("nearly-full-at-1mib", contains(used, 95*mib/100, mib))
}

// doubles says whether each stack above 16 KiB was twice as large as the one before, judged by how
// much of it was in use when it moved.
func doubles(used []uintptr) bool {
	compared := 0
	for i := 1; i < len(used); i++ {
		if used[i-1] < 16*kib {
			continue
		}
		compared++
		if ratio := float64(used[i]) / float64(used[i-1]); ratio < 1.9 || ratio > 2.1 {
			return false
		}
	}
	return compared >= 5
}

func contains(used []uintptr, from, to uintptr) bool {
	for _, n := range used {
		if n >= from && n <= to {
			return true
		}
	}
	return false
}

// limits runs children that recurse without end, and reads from their last words how far they got.
func limits(p *probe.Probe) {
	p.Outcome("default-limit", debug.SetMaxStack(1000000000))
	child := probe.RunChild(40*time.Second, nil, "--case=endless")
	p.Outcome("endless-recursion", child.Fate())
	p.Outcome("stated-limit", limitIn(child.Stderr))
	largest, err := stackIn(child.Stderr)
	if err != nil {
		fatal("read the size of the stack", err)
	}
	p.Outcome("largest-stack-mib", int(largest/mib))
	p.Outcome("reaches-1gb", largest >= 900e6)
	child = probe.RunChild(10*time.Second, nil, "--case=endless", "--limit=1048576")
	p.Outcome("endless-recursion-within-1mib", child.Fate())
	p.Outcome("limit-set-to-1mib", limitIn(child.Stderr))
}

var (
	limitLine = regexp.MustCompile(`goroutine stack exceeds (\d+)-byte limit`)
	stackLine = regexp.MustCompile(`stack=\[0x([0-9a-f]+), 0x([0-9a-f]+)\]`)
)

func limitIn(stderr string) string {
	if m := limitLine.FindStringSubmatch(stderr); m != nil {
		return m[1]
	}
	return "none"
}

// stackIn is the size of the stack that was full.
func stackIn(stderr string) (uint64, error) {
	m := stackLine.FindStringSubmatch(stderr)
	if m == nil {
		return 0, fmt.Errorf("nothing is said of it in %.300q", stderr)
	}
	low, err := strconv.ParseUint(m[1], 16, 64)
	if err != nil {
		return 0, err
	}
	high, err := strconv.ParseUint(m[2], 16, 64)
	if err != nil {
		return 0, err
	}
	return high - low, nil
}

// endless ends in a crash.
func endless(limit int) {
	if limit > 0 {
		debug.SetMaxStack(limit)
	}
	onFreshStack(func() { fmt.Fprintln(os.Stderr, recurse(1)) })
}

//go:noinline
func recurse(n uint64) uint64 {
	var here [64]uint64
	here[n&63] = n
	return recurse(n+1) + here[(n+1)&63]
}

// deep goes a million calls down and comes back.
func deep(p *probe.Probe) {
	const calls = 1000000
	var reached uint64
	onFreshStack(func() { reached = count(calls) })
	p.Outcome("calls-deep", int64(reached))
}

//go:noinline
func count(left uint64) uint64 {
	if left == 0 {
		return 0
	}
	return count(left-1) + 1
}

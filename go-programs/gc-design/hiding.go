package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"harness/go-programs/probe"
)

// box is an object that shows whether it was freed: GODEBUG=clobberfree=1 overwrites it then.
type box [4]uint64

const (
	// boxes is the size of the table, which the collector scans in pieces, one after the other.
	boxes = 1 << 19
	// magic is what every box holds.
	magic = 0x5ca1ab1e0ddba11
	// exitLost is the exit code of a child that found a freed object in its table.
	exitLost = 40
	// keepRounds is how many cycles a child with the barrier must come through without a loss.
	keepRounds = 4
	// loseRounds is how many cycles one without it may take until it has lost an object.
	loseRounds = 20
)

// hiding tells whether live objects are lost while their pointers move from one place to another.
func hiding(p *probe.Probe) {
	const limit = 30 * time.Second
	p.Outcome("with-barrier", told(runMutation(limit, "true", keepRounds)))
	p.Outcome("without-barrier", told(runMutation(limit, "false", loseRounds)))
}

func runMutation(limit time.Duration, barrier string, rounds int) string {
	child := probe.RunChild(limit, []string{"GODEBUG=clobberfree=1"},
		"--case=mutate", "--barrier="+barrier, "--rounds="+strconv.Itoa(rounds))
	return child.Fate()
}

// told puts a fate into words. The collector may meet a pointer to freed memory before the child does.
func told(fate string) string {
	switch {
	case fate == "finished":
		return "nothing lost"
	case fate == "exit "+strconv.Itoa(exitLost), strings.HasPrefix(fate, "fatal error: found bad pointer"):
		return "live objects freed"
	default:
		return fate
	}
}

// mutate swaps pointers in a table at random while the collector marks. Every box is reachable all
// the time, but a pointer may move from a part that was not scanned yet to one that was.
func mutate(barrier bool, rounds int) {
	debug.SetGCPercent(-1)
	for round := 0; round < rounds; round++ {
		table := make([]*box, boxes)
		for i := range table {
			table[i] = &box{magic, magic, magic, magic}
		}
		var stop int32
		done := make(chan struct{})
		started := make(chan struct{})
		go func() {
			defer close(done)
			rng := probe.NewRand(uint64(round + 1))
			close(started)
			for atomic.LoadInt32(&stop) == 0 {
				swapSome(table, rng, barrier)
			}
		}()
		<-started
		runtime.GC()
		atomic.StoreInt32(&stop, 1)
		<-done
		for _, b := range table {
			if *b != (box{magic, magic, magic, magic}) {
				os.Exit(exitLost)
			}
		}
	}
}

// swapUnseen swaps two pointers as numbers: the compiler gives stores of numbers no write barrier.
func swapUnseen(a, b **box) {
	pa, pb := *a, *b
	*(*uintptr)(unsafe.Pointer(a)) = uintptr(unsafe.Pointer(pb))
	*(*uintptr)(unsafe.Pointer(b)) = uintptr(unsafe.Pointer(pa))
	runtime.KeepAlive(pa)
	runtime.KeepAlive(pb)
}

// swapSome swaps some pairs of pointers.
func swapSome(table []*box, rng *probe.Rand, barrier bool) {
	for k := 0; k < 256; k++ {
		i, j := int(rng.Below(boxes)), int(rng.Below(boxes))
		if barrier {
			table[i], table[j] = table[j], table[i]
		} else {
			swapUnseen(&table[i], &table[j])
		}
	}
}

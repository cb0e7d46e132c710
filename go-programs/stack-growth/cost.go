package main

import (
	"math"
	"runtime/debug"
	"strconv"
	"time"
	"unsafe"

	"harness/go-programs/probe"
)

const (
	warmup  = 2
	samples = 10
)

//go:noinline
func stairs(left uint64, here *frame) uint64 {
	var mine frame
	mine[left&15] = here[left&15] + left
	if left == 0 {
		return 0
	}
	return stairs(left-1, &mine) + mine[left&15]
}

// descend times two descents to the same depth on each of some fresh stacks. Without collections,
// every goroutine starts with the smallest stack.
func descend(p *probe.Probe, depth int) {
	debug.SetGCPercent(-1)
	first, again := make([]float64, warmup+samples), make([]float64, warmup+samples)
	var sum uint64
	for i := range first {
		onFreshStack(func() {
			var top frame
			start := probe.Now()
			sum += stairs(uint64(depth), &top)
			middle := probe.Now()
			sum += stairs(uint64(depth), &top)
			first[i], again[i] = float64(middle-start), float64(probe.Now()-middle)
		})
	}
	for i := range first {
		phase := probe.Measure
		if i < warmup {
			phase = probe.Warmup
		}
		p.Sample("first-descent", probe.Nanoseconds, phase, uint64(depth), first[i])
		p.Sample("second-descent", probe.Nanoseconds, phase, uint64(depth), again[i])
	}
	p.Check(strconv.FormatUint(sum, 10))
}

// large has so large a frame that it is the one that does not fit any more, and seldom the clock.
//
//go:noinline
func large(x int) byte {
	var here [2 * kib]byte
	here[x&(2*kib-1)] = 1
	return here[(x+1)&(2*kib-1)]
}

// growing goes down until a stack of the given size has to grow, and returns how long the call took
// that made it grow. It returns 0 where the stack grew elsewhere, in a call of the clock say.
//
//go:noinline
func growing(w *witness, size uintptr) int64 {
	var here frame
	start := probe.Now()
	at := uintptr(unsafe.Pointer(w))
	here[1] = uint64(large(int(start)))
	moved := uintptr(unsafe.Pointer(w)) != at
	used := uintptr(unsafe.Pointer(w)) - uintptr(unsafe.Pointer(&here))
	switch {
	case moved && used > size*8/10:
		return probe.Now() - start
	case used > size:
		return 0
	}
	took := growing(w, size)
	if here[1] != 0 {
		return -1
	}
	return took
}

func growth(p *probe.Probe, sizeKiB int) {
	debug.SetGCPercent(-1)
	var took []float64
	for tries := 0; len(took) < warmup+samples && tries < 10*samples; tries++ {
		onFreshStack(func() {
			var w witness
			if ns := growing(&w, uintptr(sizeKiB)*kib); ns > 0 {
				took = append(took, float64(ns))
			}
		})
	}
	for i, ns := range took {
		phase := probe.Measure
		if i < warmup {
			phase = probe.Warmup
		}
		p.Sample("growth", probe.Nanoseconds, phase, 1, ns)
	}
}

// copyBytes times what a growth has to do at least.
func copyBytes(p *probe.Probe, sizeKiB int) {
	from, to := make([]byte, sizeKiB*kib), make([]byte, sizeKiB*kib)
	for i := range from {
		from[i] = byte(i)
	}
	p.Bench("copy", int64(time.Millisecond), warmup, samples, func(n uint64) {
		for i := uint64(0); i < n; i++ {
			copy(to, from)
			probe.Keep(&to[0])
		}
	})
	p.Check(strconv.Itoa(int(to[len(to)/3])))
}

// local has a frame of 256 bytes, so that it does not fit everywhere.
//
//go:noinline
func local(x uint64) uint64 {
	var here [32]uint64
	here[x&31] = x
	return here[(x+1)&31] + leaf(x)
}

//go:noinline
func leaf(x uint64) uint64 { return x + 1 }

// atDepth goes down so many frames of about 100 bytes and times calls there. The best of some rounds
// counts, so that the one that grows the stack does not.
//
//go:noinline
func atDepth(frames int, pad [8]uint64) int64 {
	if frames > 0 {
		took := atDepth(frames-1, pad)
		if pad[1] != 1 {
			return -1
		}
		return took
	}
	const rounds, calls = 4, 500
	best := int64(0)
	for r := 0; r < rounds; r++ {
		start := probe.Now()
		sum := uint64(0)
		for i := uint64(0); i < calls; i++ {
			sum += local(i)
		}
		probe.Keep(sum)
		if took := probe.Now() - start; best == 0 || took < best {
			best = took
		}
	}
	return best
}

// boundary goes through depths that pass the sizes of 2, 4, 8, 16 and 32 KiB, in steps that are
// smaller than the frame of the call, on fresh stacks and on ones that have grown beyond all of that.
// Each depth is compared with itself, as a frame that lies across two pages is slower on any stack.
// It takes the best of several passes: a disturbance lasts longer than the calls at one depth.
func boundary(p *probe.Probe) {
	const depths, step, passes = 400, 2, 4
	fresh, grown := make([]float64, depths), make([]float64, depths)
	// One function for both, so that the frames above the calls have one size.
	keepBest := func(best []float64, depth int, grow bool) {
		var top frame
		if grow {
			stairs(2*depths, &top)
		}
		ns := float64(atDepth(depth, [8]uint64{1: 1}))
		if best[depth] == 0 || ns < best[depth] {
			best[depth] = ns
		}
	}
	for pass := 0; pass < passes; pass++ {
		for depth := 0; depth < depths; depth += step {
			for _, grow := range []bool{false, true} {
				best := fresh
				if grow {
					best = grown
				}
				onFreshStack(func() { keepBest(best, depth, grow) })
			}
		}
	}
	worst := 0.0
	for depth := 0; depth < depths; depth += step {
		worst = math.Max(worst, fresh[depth]/grown[depth])
	}
	p.Value("worst-over-typical", probe.One, worst)
}

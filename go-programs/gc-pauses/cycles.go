package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"

	"harness/go-programs/probe"
)

const (
	shortLivedBytes = 32 << 10
	pageBytes       = 4096
)

// cycles allocates short-lived buffers beside a live heap and counts how often the collector runs.
// The live heap holds no pointers: marking it takes no time, so that what is counted is the pacing.
func cycles(p *probe.Probe, s settings) {
	ballast := make([]byte, *s.ballastMiB*mib)
	live := hold(*s.liveMiB)
	runtime.GC()
	before := readCollector()
	held := float64((*s.liveMiB + *s.ballastMiB) * mib)
	goal, _ := probe.ReadRuntimeMetric("/gc/heap/goal:bytes")
	watch := newGrowthWatch()

	var sum uint64
	start := probe.Now()
	for i := s.total() * mib / shortLivedBytes; i > 0; i-- {
		sum += touch(allocate(shortLivedBytes))
		if i%watchEvery == 0 {
			watch.look(watchEvery * shortLivedBytes)
		}
	}
	took := probe.Now() - start
	after := readCollector()

	p.Sample("alloc-time", probe.Nanoseconds, probe.Measure, uint64(s.total()), float64(took))
	before.record(p, after)
	before.recordRate(p, after, s.total())
	if goal < noGoal {
		p.Value("goal-growth", probe.One, goal/held-1)
	} else {
		p.Absent("goal-growth", probe.One, "the collector has no goal")
	}
	watch.record(p)
	p.Outcome("collected", after.cycles > before.cycles)
	recordLimit(p)
	p.Check(strconv.FormatUint(sum, 16))
	runtime.KeepAlive(live)
	runtime.KeepAlive(ballast)
}

// watchEvery is how many buffers lie between two looks at the collector: 512 KiB.
const watchEvery = 16

// growthWatch takes, at the end of each cycle, what was allocated since the end of the one before
// over the heap that that one found alive. What was allocated while the collector marked counts as
// alive.
type growthWatch struct {
	samples   []metrics.Sample
	supported bool
	cycle     uint64
	live      float64
	since     int
	sum       float64
	count     int
}

func newGrowthWatch() *growthWatch {
	w := &growthWatch{samples: []metrics.Sample{{Name: cyclesMetric}, {Name: liveMetric}}}
	metrics.Read(w.samples)
	w.supported = w.samples[1].Value.Kind() == metrics.KindUint64
	if w.supported {
		w.cycle, w.live = w.samples[0].Value.Uint64(), float64(w.samples[1].Value.Uint64())
	}
	return w
}

// look takes note of a cycle that ended since the last look, after which bytes were allocated. It
// allocates nothing itself.
func (w *growthWatch) look(bytes int) {
	w.since += bytes
	if !w.supported {
		return
	}
	metrics.Read(w.samples)
	cycle := w.samples[0].Value.Uint64()
	if cycle == w.cycle {
		return
	}
	w.sum += float64(w.since) / w.live
	w.count += int(cycle - w.cycle)
	w.cycle, w.live, w.since = cycle, float64(w.samples[1].Value.Uint64()), 0
}

func (w *growthWatch) record(p *probe.Probe) {
	switch {
	case !w.supported:
		p.Absent("cycle-growth", probe.One, "this Go release does not tell the size of the live heap")
	case w.count == 0:
		p.Absent("cycle-growth", probe.One, "there was no cycle")
	default:
		p.Value("cycle-growth", probe.One, w.sum/float64(w.count))
	}
}

// recordLimit records whether the runtime holds more memory than GOMEMLIMIT grants. The program
// is alive and has done all its work when it says so.
func recordLimit(p *probe.Probe) {
	limit := debug.SetMemoryLimit(-1)
	total, _ := probe.ReadRuntimeMetric("/memory/classes/total:bytes")
	released, _ := probe.ReadRuntimeMetric("/memory/classes/heap/released:bytes")
	p.Outcome("finished-beyond-limit", limit != math.MaxInt64 && total-released > float64(limit))
}

// hold returns chunks of a MiB whose pages are all in use.
func hold(count int) [][]byte {
	chunks := make([][]byte, count)
	for i := range chunks {
		chunks[i] = allocate(mib)
		touch(chunks[i])
	}
	return chunks
}

// touch writes to every page, so that the kernel has to provide it.
func touch(b []byte) uint64 {
	for i := 0; i < len(b); i += pageBytes {
		b[i] = byte(i/pageBytes + 1)
	}
	return uint64(b[len(b)-pageBytes])
}

func defaults(p *probe.Probe) {
	p.Outcome("gogc", debug.SetGCPercent(50))
	limit := debug.SetMemoryLimit(-1)
	p.Outcome("memory-limit-set", limit != math.MaxInt64)
}

func forced(p *probe.Probe) {
	const count = 50
	runtime.GC()
	before := readCollector()
	for i := 0; i < count; i++ {
		runtime.GC()
	}
	after := readCollector()
	before.record(p, after)
	p.Outcome("cycles", int64(after.cycles-before.cycles))
	p.Outcome("pauses", int64(after.pauseCount-before.pauseCount))
}

// reclaim drops memory and looks when the heap is rid of it, and what a loop that needs no heap
// asks of the collector.
func reclaim(p *probe.Probe) {
	const heldMiB, loops = 64, 2000000
	objects := func() float64 {
		bytes, _ := probe.ReadRuntimeMetric("/memory/classes/heap/objects:bytes")
		return bytes
	}
	// Off, so that no automatic cycle comes between; runtime.GC works all the same.
	debug.SetGCPercent(-1)
	live := hold(heldMiB)
	full := objects()
	runtime.KeepAlive(live)
	live = nil
	reclaimed := func() bool { return full-objects() > 0.9*heldMiB*mib }
	p.Outcome("reclaimed-at-drop", reclaimed())
	runtime.GC()
	p.Outcome("reclaimed-by-collector", reclaimed())

	debug.SetGCPercent(100)
	start := readCycles()
	probe.Keep(onStack(loops))
	middle := readCycles()
	probe.Keep(onHeap(loops))
	p.Outcome("stack-loop-collected", middle > start)
	p.Outcome("heap-loop-collected", readCycles() > middle)
}

func onStack(n int) uint64 {
	var sum uint64
	for i := 0; i < n; i++ {
		v := node{key: uint64(i)}
		sum += useNode(&v)
	}
	return sum
}

func onHeap(n int) uint64 {
	var sum uint64
	for i := 0; i < n; i++ {
		sum += useNode(heapNode(uint64(i)))
	}
	return sum
}

//go:noinline
func useNode(n *node) uint64 { return n.key }

//go:noinline
func heapNode(key uint64) *node { return &node{key: key} }

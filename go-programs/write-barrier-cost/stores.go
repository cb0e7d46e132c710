package main

import (
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"sync/atomic"

	"harness/go-programs/probe"
)

const (
	// batch is the number of writes in a sample, tens of microseconds.
	batch = 1 << 15
	// idle and warmup are the samples of each kind while the collector rests.
	idle, warmup = 60, 5
	// wanted is how many samples of each kind are enough while it marks.
	wanted = 60
	// fewest is how many there must be.
	fewest = 20
	// patience is how long they are waited for, in nanoseconds.
	patience = 1500 * 1000 * 1000
	// ballast is 16 MiB of nodes, so that a cycle marks for some milliseconds.
	ballast = 16 << 20 / 64
)

// object is what the pointers point to.
type object struct {
	next  *object
	value uint64
	rest  [6]uint64
}

// tables are what is written, and where: the slots in random order, each time the same.
type tables struct {
	order    []uint32
	objects  []*object
	pointers []*object
	values   []uint64
	integers []uint64
}

func newTables(p *probe.Probe, slots int) *tables {
	rng := p.Rand()
	t := &tables{
		make([]uint32, slots), make([]*object, slots), make([]*object, slots),
		make([]uint64, slots), make([]uint64, slots),
	}
	for i := range t.order {
		t.order[i] = uint32(i)
		t.values[i] = rng.Uint64()
		t.objects[i] = &object{value: t.values[i]}
	}
	rng.Shuffle(slots, func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
	return t
}

// writePointers is n pointer writes from the place on; each overwrites a pointer to another object.
//
//go:noinline
func (t *tables) writePointers(from, n int) {
	order, objects, pointers := t.order, t.objects, t.pointers
	mask := len(objects) - 1
	for n > 0 {
		first, pass := from&mask, from/len(objects)
		end := lesser(first+n, len(objects))
		for i := first; i < end; i++ {
			pointers[order[i]] = objects[(i+pass)&mask]
		}
		from += end - first
		n -= end - first
	}
}

// writeIntegers is the same with integers.
//
//go:noinline
func (t *tables) writeIntegers(from, n int) {
	order, values, integers := t.order, t.values, t.integers
	mask := len(values) - 1
	for n > 0 {
		first, pass := from&mask, from/len(values)
		end := lesser(first+n, len(values))
		for i := first; i < end; i++ {
			integers[order[i]] = values[(i+pass)&mask]
		}
		from += end - first
		n -= end - first
	}
}

func lesser(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// check adds up what the pointers lead to after one pass from the start.
func (t *tables) check() uint64 {
	t.writePointers(0, len(t.order))
	t.writeIntegers(0, len(t.order))
	var sum uint64
	for i, o := range t.pointers {
		sum += uint64(i+1) * (o.value ^ t.integers[i]>>1)
	}
	return sum
}

// kind is one sort of write, with its samples.
type kind struct {
	idleMetric, markingMetric string
	write                     func(from, n int)
	idle, marking             []float64
}

// stores times both kinds of writes in turn, first while the collector rests.
func stores(p *probe.Probe, slots int) {
	debug.SetGCPercent(-1)
	live := list(ballast)
	t := newTables(p, slots)
	kinds := []*kind{
		{"pointer-idle", "pointer-marking", t.writePointers, nil, nil},
		{"integer-idle", "integer-marking", t.writeIntegers, nil, nil},
	}
	for _, k := range kinds {
		k.idle, k.marking = make([]float64, 0, idle+warmup), make([]float64, 0, wanted)
	}
	from := 0
	timed := func(k *kind) float64 {
		start := probe.Now()
		k.write(from, batch)
		took := probe.Now() - start
		from += batch
		return float64(took)
	}
	for i := 0; i < idle+warmup; i++ {
		for _, k := range kinds {
			k.idle = append(k.idle, timed(k))
		}
	}

	var cycles, stop int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for atomic.LoadInt64(&stop) == 0 {
			runtime.GC()
			atomic.AddInt64(&cycles, 1)
		}
	}()
	enough := func() bool { return len(kinds[0].marking) >= wanted && len(kinds[1].marking) >= wanted }
	for deadline := probe.Now() + patience; !enough() && probe.Now() < deadline; {
		for _, k := range kinds {
			// A sample counts if it lies within the marking of one cycle.
			cycle, before := atomic.LoadInt64(&cycles), barrierOn()
			took := timed(k)
			if before && barrierOn() && atomic.LoadInt64(&cycles) == cycle && len(k.marking) < wanted {
				k.marking = append(k.marking, took)
			}
		}
	}
	atomic.StoreInt64(&stop, 1)
	<-ended
	runtime.KeepAlive(live)

	record(p, kinds)
	p.Check(strconv.FormatUint(t.check(), 10))
}

func record(p *probe.Probe, kinds []*kind) {
	for _, k := range kinds {
		for i, took := range k.idle {
			phase := probe.Measure
			if i < warmup {
				phase = probe.Warmup
			}
			p.Sample(k.idleMetric, probe.Nanoseconds, phase, batch, took)
		}
		for _, took := range k.marking {
			p.Sample(k.markingMetric, probe.Nanoseconds, probe.Measure, batch, took)
		}
	}
	pointers, integers := kinds[0], kinds[1]
	p.Value("test-overhead", probe.One, median(pointers.idle[warmup:])/median(integers.idle[warmup:])-1)
	if len(pointers.marking) < fewest || len(integers.marking) < fewest {
		const why = "the collector marked for too short a time"
		p.Absent("barrier-overhead", probe.One, why)
		return
	}
	p.Value("barrier-overhead", probe.One, overhead(
		median(pointers.idle[warmup:]), median(pointers.marking),
		median(integers.idle[warmup:]), median(integers.marking)))
}

// overhead is what pointer writes lose while the collector marks, beyond what integer writes lose by
// its use of caches and processors: the barrier's part.
func overhead(pointerIdle, pointerMarking, integerIdle, integerMarking float64) float64 {
	return pointerMarking/pointerIdle/(integerMarking/integerIdle) - 1
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// list returns n linked objects.
func list(n int) *object {
	var head *object
	for i := 0; i < n; i++ {
		head = &object{next: head}
	}
	return head
}

// barrierSwitch looks at the barrier's switch before, during and after cycles of the collector.
func barrierSwitch(p *probe.Probe) {
	debug.SetGCPercent(-1)
	live := list(ballast)
	on := func() (seen bool) {
		for end := probe.Now() + 5*1000*1000; probe.Now() < end; {
			seen = seen || barrierOn()
		}
		return seen
	}
	p.Outcome("on-before-any-cycle", on())
	var stop, seen int32
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for atomic.LoadInt32(&stop) == 0 {
			if barrierOn() {
				atomic.StoreInt32(&seen, 1)
			}
		}
	}()
	for i := 0; i < 40 && atomic.LoadInt32(&seen) == 0; i++ {
		runtime.GC()
	}
	atomic.StoreInt32(&stop, 1)
	<-ended
	p.Outcome("on-while-marking", seen == 1)
	p.Outcome("on-between-cycles", on())
	runtime.KeepAlive(live)
}

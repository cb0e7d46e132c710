package main

import (
	"bytes"
	"io"
	"strconv"
	"sync"

	"harness/go-programs/probe"
)

// chunks is how many writes fill a buffer.
const chunks = 16

// source hands out buffers and takes them back.
type source struct {
	get func() *bytes.Buffer
	put func(*bytes.Buffer)
}

func sourceNamed(impl string, size int) source {
	switch impl {
	case "fresh":
		return source{func() *bytes.Buffer { return new(bytes.Buffer) }, func(*bytes.Buffer) {}}
	case "sized":
		return source{
			func() *bytes.Buffer { return bytes.NewBuffer(make([]byte, 0, size)) },
			func(*bytes.Buffer) {},
		}
	default:
		return pooled(&sync.Pool{New: func() interface{} { return new(bytes.Buffer) }})
	}
}

func pooled(pool *sync.Pool) source {
	return source{
		func() *bytes.Buffer { return pool.Get().(*bytes.Buffer) },
		func(b *bytes.Buffer) {
			b.Reset()
			pool.Put(b)
		},
	}
}

// text returns the piece that is written chunks times.
func text(p *probe.Probe, size int) []byte {
	rng := p.Rand()
	piece := make([]byte, size/chunks)
	for i := range piece {
		piece[i] = byte(rng.Uint64())
	}
	return piece
}

// fill writes a whole buffer and returns something of the result.
//
//go:noinline
func fill(w io.Writer, piece []byte) {
	for i := 0; i < chunks; i++ {
		_, _ = w.Write(piece)
	}
}

// use fetches, fills, reads and returns a buffer.
func (s source) use(piece []byte) uint64 {
	b := s.get()
	fill(b, piece)
	filled := b.Bytes()
	sum := uint64(len(filled)) + uint64(filled[len(filled)-1])
	s.put(b)
	return sum
}

// buffers times a buffer from one source.
func buffers(p *probe.Probe, size int, impl string) {
	s, piece := sourceNamed(impl, size), text(p, size)
	var sum uint64
	p.Bench("buffer", 1e6, 3, 30, func(n uint64) {
		sum = 0
		for i := uint64(0); i < n; i++ {
			sum += s.use(piece)
		}
		probe.Keep(sum)
	})
	p.Check(strconv.FormatUint(checksum(s, piece), 10))
}

// checksum adds up all bytes of one more buffer.
func checksum(s source, piece []byte) uint64 {
	b := s.get()
	fill(b, piece)
	var sum uint64
	for _, c := range b.Bytes() {
		sum += uint64(c)
	}
	s.put(b)
	return sum
}

// rateOps is how many buffers each part of the case rate fills.
const rateOps = 2000

// other makes the compiler allocate the garbage beside the buffers.
var other []byte

// rate compares the memory that buffers from a pool and fresh ones allocate, beside other garbage
// that makes the collector run, and counts how often the pool was empty.
func rate(p *probe.Probe, size, garbageKiB int) {
	piece := text(p, size)
	misses := 0
	pool := &sync.Pool{New: func() interface{} {
		misses++
		return new(bytes.Buffer)
	}}
	none := measureRate(garbageKiB, func() {})
	fresh, pooled := sourceNamed("fresh", size), pooled(pool)
	var sum uint64
	without := measureRate(garbageKiB, func() { sum += fresh.use(piece) })
	with := measureRate(garbageKiB, func() { sum -= pooled.use(piece) })
	p.Value("bytes-per-buffer-fresh", probe.Bytes, (without.bytes-none.bytes)/rateOps)
	p.Value("bytes-share", probe.One, atLeastZero(with.bytes-none.bytes)/(without.bytes-none.bytes))
	p.Value("objects-share", probe.One, atLeastZero(with.objects-none.objects)/(without.objects-none.objects))
	if with.cycles > 0 {
		p.Value("misses-per-cycle", probe.One, float64(misses)/with.cycles)
	} else {
		p.Absent("misses-per-cycle", probe.One, "the collector did not run")
	}
	p.Check(strconv.FormatUint(sum, 10) + " " + strconv.FormatUint(checksum(fresh, piece), 10))
}

// allocated is what the runtime has counted.
type allocated struct{ bytes, objects, cycles float64 }

// measureRate allocates garbage and calls f, again and again.
func measureRate(garbageKiB int, f func()) allocated {
	before := readAllocated()
	for i := 0; i < rateOps; i++ {
		if garbageKiB > 0 {
			other = make([]byte, garbageKiB<<10)
		}
		f()
	}
	after := readAllocated()
	return allocated{after.bytes - before.bytes, after.objects - before.objects, after.cycles - before.cycles}
}

func readAllocated() allocated {
	bytes, _ := probe.ReadRuntimeMetric("/gc/heap/allocs:bytes")
	objects, _ := probe.ReadRuntimeMetric("/gc/heap/allocs:objects")
	cycles, _ := probe.ReadRuntimeMetric("/gc/cycles/total:gc-cycles")
	return allocated{bytes, objects, cycles}
}

// atLeastZero hides that the three parts may differ by the runtime's own few objects.
func atLeastZero(v float64) float64 {
	if v < 0 {
		return 0
	}
	return v
}

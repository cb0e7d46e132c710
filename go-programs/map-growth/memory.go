package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"strconv"
	"unsafe"

	"harness/go-programs/probe"
)

const (
	// firstSize is where the curve of memory begins: what a smaller map holds drowns in the rest.
	firstSize = 1024
	// roomKeys keys leave no doubt how many slots there are: 53 % of 2^18 are full. That is far from
	// where any implementation here doubles, also if each of its tables fills by chance, and old maps
	// need no more overflow buckets than they come with.
	roomKeys = 140000
)

// memory grows one map and reads the live heap at 16 sizes a doubling.
func memory(p *probe.Probe, s settings) {
	rng := p.Rand()
	starts := binStarts(firstSize, uint64(*s.keys))
	held := make([]float64, len(starts))
	before := liveHeap()
	m := newMap(s)
	size := uint64(0)
	for i, start := range starts {
		for ; size < start; size++ {
			m[rng.Uint64()] = size
		}
		held[i] = liveHeap() - before
	}
	for i, start := range starts {
		p.SampleAt("heap", probe.Bytes, probe.Measure, start, held[i], float64(start))
	}
	p.Check(digest(m, p.Seed(), size))
}

// setMemory compares maps of n keys that differ in the type of their values alone.
func setMemory(p *probe.Probe, s settings) {
	p.Outcome("empty-struct-bytes", int64(unsafe.Sizeof(struct{}{})))
	switch n := uint64(*s.keys); *s.key {
	case "uint64":
		compareMaps(p, wordKeys(p.Seed(), n))
	case "string":
		compareMaps(p, stringKeys(p.Seed(), n))
	default:
		fail("--key=%s is neither string nor uint64", *s.key)
	}
}

func compareMaps[K comparable](p *probe.Probe, keys []K) {
	none, entries := heapOf[K, struct{}](keys)
	flags, _ := heapOf[K, bool](keys)
	words, _ := heapOf[K, uint64](keys)
	p.Value("heap-empty", probe.Bytes, none)
	p.Value("heap-bool", probe.Bytes, flags)
	p.Value("heap-uint64", probe.Bytes, words)
	p.Value("saving", probe.Bytes, flags-none)
	p.Check(strconv.Itoa(entries))
}

// valueMemory finds what a value costs in a slot.
func valueMemory(p *probe.Probe, s settings) {
	switch *s.key {
	case "uint64":
		compareSlots(p, wordKeys(p.Seed(), roomKeys))
	case "string":
		compareSlots(p, stringKeys(p.Seed(), roomKeys))
	default:
		fail("--key=%s is neither string nor uint64", *s.key)
	}
}

func compareSlots[K comparable](p *probe.Probe, keys []K) {
	none, entries := heapOf[K, struct{}](keys)
	flag, _ := heapOf[K, bool](keys)
	word, _ := heapOf[K, uint64](keys)
	two, _ := heapOf[K, [2]uint64](keys)
	p.Value("value-empty", probe.Bytes, valueBytes(none, word, two))
	p.Value("value-bool", probe.Bytes, valueBytes(flag, word, two))
	p.Check(strconv.Itoa(entries))
}

func wordKeys(seed, n uint64) []uint64 {
	keys := make([]uint64, n)
	for i := range keys {
		keys[i] = keyAt(seed, uint64(i))
	}
	return keys
}

// stringKeys returns n keys of 16 hexadecimal digits. They are cut from one text: a million small
// objects would make each collection slow and the map no larger.
func stringKeys(seed, n uint64) []string {
	const digits = 16
	text := make([]byte, 0, digits*n)
	for i := uint64(0); i < n; i++ {
		text = strconv.AppendUint(text, keyAt(seed, i)|1<<63, digits)
	}
	all := string(text)
	keys := make([]string, n)
	for i := range keys {
		keys[i] = all[digits*i : digits*(i+1)]
	}
	return keys
}

// valueBytes returns what a value costs in each slot of a map, free slots included, to a tenth of a
// byte. A second word in the value costs 8 bytes a slot, whatever the layout: that gives the number
// of slots. The first one costs 8 too, so a map without values would hold that much less than word.
func valueBytes(held, word, twoWords float64) float64 {
	const size = 8
	slots := (twoWords - word) / size
	return math.Round(10*(size-(word-held)/slots))/10 + 0 // no -0
}

// heapOf returns the live heap of a map of keys to zero values, without the keys' own text, and how
// many entries it has.
func heapOf[K comparable, V any](keys []K) (bytes float64, entries int) {
	// Live memory is what is compared: collections in between would only take time.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var zero V
	before := liveHeap()
	m := make(map[K]V)
	for _, key := range keys {
		m[key] = zero
	}
	bytes = liveHeap() - before
	runtime.KeepAlive(keys)
	return bytes, len(m)
}

// liveHeap returns the bytes of reachable objects.
func liveHeap() float64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

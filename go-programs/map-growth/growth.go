package main

import (
	"runtime"
	"runtime/metrics"
	"strconv"

	"harness/go-programs/probe"
)

const (
	// Sizes up to smallSizes fit into what even a map of many tables keeps in one.
	smallSizes, smallFrom = 1000, 100
	largeFrom, largeSizes = 100000, 220000
	keyBytes, entryBytes  = 8, 16
	allocatedMetric       = "/gc/heap/allocs:bytes"
)

// step is an insert that allocated more than all keys need.
type step struct {
	size  uint64 // entries before it
	bytes uint64
}

// growth fills a map and sees from outside when it grows: by what an insert allocates.
func growth(p *probe.Probe) {
	rng := p.Rand()
	m := make(map[uint64]uint64)
	var size uint64
	var steps []step
	for ; size < smallSizes; size++ {
		before := totalAlloc()
		m[rng.Uint64()] = size
		if bytes := totalAlloc() - before; size >= smallFrom && bytes >= size*keyBytes {
			steps = append(steps, step{size, bytes})
		}
	}
	for ; size < largeFrom; size++ {
		m[rng.Uint64()] = size
	}
	// ReadMemStats after each of these inserts would take seconds. This metric counts an object of up
	// to 32 KiB late, when its span is full; the tables in question are larger, or far below the limit.
	reading := []metrics.Sample{{Name: allocatedMetric}}
	var largest float64
	last := allocated(reading)
	for ; size < largeSizes; size++ {
		m[rng.Uint64()] = size
		now := allocated(reading)
		if share := float64(now-last) / float64(size*entryBytes); share > largest {
			largest = share
		}
		last = now
	}

	if load, ok := loadAtGrowth(steps); ok {
		p.Value("load-at-growth", probe.One, load)
		p.Outcome("load-at-growth", strconv.FormatFloat(load, 'f', -1, 64))
	} else {
		p.Absent("load-at-growth", probe.One, "no growth was seen")
	}
	p.Value("growth-step", probe.One, largest)
	p.Outcome("small-map-doubles", doubles(steps))
	p.Outcome("large-map-doubles-at-once", largest >= 2)
	p.Check(digest(m, p.Seed(), size))
}

// loadAtGrowth returns how many of 8 slots are full when the map grows. The number of slots is a power
// of two, and more than half of them are full, so the size alone tells.
func loadAtGrowth(steps []step) (float64, bool) {
	if len(steps) == 0 {
		return 0, false
	}
	load := float64(steps[len(steps)-1].size)
	for load > 8 {
		load /= 2
	}
	return load, true
}

// doubles reports whether each growth came at twice the size of the one before.
func doubles(steps []step) bool {
	for i := 1; i < len(steps); i++ {
		if steps[i].size != 2*steps[i-1].size {
			return false
		}
	}
	return len(steps) > 1
}

func totalAlloc() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func allocated(reading []metrics.Sample) uint64 {
	metrics.Read(reading)
	if reading[0].Value.Kind() != metrics.KindUint64 {
		fail("this Go release has no metric %s", allocatedMetric)
	}
	return reading[0].Value.Uint64()
}

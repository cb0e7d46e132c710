package main

import (
	"sort"

	"harness/go-programs/probe"
)

// unitsPerOp is how many units an operation has without a slow-down: one more of them is 1 %.
const unitsPerOp = 100

// body does as many units of work as it is asked for, and returns how many it counted while it did
// them. An operation is unitsPerOp units, and p more where a slow-down of p % is injected. The
// injected units are the same code on the same data as the others, so the size of the slow-down is
// exact by construction and needs no calibration. rust-equivalents/src/bin/peers does the same work.
type body func(units uint64) uint64

// bodies are the makers of the five bodies, in the order of the reports; data are made from rand.
var bodies = []struct {
	name string
	make func(rand *probe.Rand) body
}{
	{"map-get", mapGet},
	{"spawn", spawn},
	{"ping-pong", pingPong},
	{"allocation", allocation},
	{"sort", sorting},
}

// units returns the units of work in ops operations, slowed down by extraPercent.
func units(ops, extraPercent uint64) uint64 {
	return ops * (unitsPerOp + extraPercent)
}

// mapGet has units of 32 lookups of keys that are there.
func mapGet(rand *probe.Rand) body {
	const keyCount, gets = 4096, 32
	keys := make([]uint64, keyCount)
	m := make(map[uint64]uint64, keyCount)
	for i := range keys {
		keys[i] = rand.Uint64()
		m[keys[i]] = 1
	}
	next := 0
	return func(units uint64) uint64 {
		found := uint64(0)
		for ; units > 0; units-- {
			for _, key := range keys[next : next+gets] {
				found += m[key]
			}
			next = (next + gets) % keyCount
		}
		return found / gets
	}
}

// spawn has units of one goroutine started and waited for.
func spawn(*probe.Rand) body {
	done := make(chan uint64)
	return func(units uint64) uint64 {
		ran := uint64(0)
		for ; units > 0; units-- {
			go func() { done <- 1 }()
			ran += <-done
		}
		return ran
	}
}

// pingPong has units of one value to another goroutine and back, through channels without a buffer.
func pingPong(*probe.Rand) body {
	ping, pong := make(chan uint64), make(chan uint64)
	go func() {
		for value := range ping {
			pong <- value
		}
	}()
	return func(units uint64) uint64 {
		back := uint64(0)
		for ; units > 0; units-- {
			ping <- 1
			back += <-pong
		}
		return back
	}
}

// allocation has units of 16 blocks of 128 bytes allocated, each in the place of an older one.
func allocation(*probe.Rand) body {
	const blockCount, blockBytes, blocksPerUnit = 1024, 128, 16
	ring := make([][]byte, blockCount)
	next := 0
	return func(units uint64) uint64 {
		bytes := 0
		for left := units * blocksPerUnit; left > 0; left-- {
			ring[next] = make([]byte, blockBytes)
			bytes += len(ring[next])
			next = (next + 1) % blockCount
		}
		return uint64(bytes) / (blocksPerUnit * blockBytes)
	}
}

// sorting has units of 64 shuffled numbers copied and sorted.
func sorting(rand *probe.Rand) body {
	const length = 64
	shuffled := make([]uint64, length)
	for i := range shuffled {
		shuffled[i] = rand.Uint64()
	}
	least := shuffled[0]
	for _, value := range shuffled {
		if value < least {
			least = value
		}
	}
	scratch := make([]uint64, length)
	return func(units uint64) uint64 {
		sorted := uint64(0)
		for ; units > 0; units-- {
			copy(scratch, shuffled)
			sort.Slice(scratch, func(i, j int) bool { return scratch[i] < scratch[j] })
			if scratch[0] == least {
				sorted++
			}
		}
		return sorted
	}
}

package main

import (
	"strconv"

	"harness/go-programs/probe"
)

const (
	// orderLength is how many lookups are prepared. It is the same for every map size, so that
	// reading the keys to look up costs the same too.
	orderLength   = 1 << 20
	lookupBatch   = 1 << 16
	lookupWarmup  = 4
	lookupBatches = 28
)

// lookup times lookups of existing keys, in an order that was drawn beforehand.
func lookup(p *probe.Probe, s settings) {
	n := uint64(*s.keys)
	m := newMap(s)
	for i := uint64(0); i < n; i++ {
		m[keyAt(p.Seed(), i)] = i
	}
	order := lookupOrder(p.Seed(), n, uint64(*s.hot))
	var sum uint64
	next := 0
	p.Batches("lookup", lookupBatch, lookupWarmup, lookupBatches, func(ops uint64) {
		for _, key := range order[next : next+int(ops)] {
			sum += m[key]
		}
		next = (next + int(ops)) % orderLength
	})
	p.Check(strconv.FormatUint(sum, 10))
}

// lookupOrder draws the keys to look up: from all n, or from hot of them.
func lookupOrder(seed, n, hot uint64) []uint64 {
	rng := probe.NewRand(^seed)
	pool := make([]uint64, hot)
	for i := range pool {
		pool[i] = keyAt(seed, rng.Below(n))
	}
	order := make([]uint64, orderLength)
	for i := range order {
		if hot > 0 {
			order[i] = pool[rng.Below(hot)]
		} else {
			order[i] = keyAt(seed, rng.Below(n))
		}
	}
	return order
}

package main

import (
	"reflect"
	"unsafe"

	"harness/go-programs/probe"
)

// A small map is one group, and its header names that group at the same place in every release; the seed of
// its hashes has moved.
const (
	groupPointer   = 16
	seedOffsetOld  = 12
	seedOffsetNew  = 8
	smallestTopOld = 5
)

// rules are what the byte beside a key may be.
type rules struct{ top, low bool }

// tags fills small maps and compares the bytes that lie in them with the hashes of their keys.
func tags(p *probe.Probe) {
	t := reflect.TypeOf(map[uint64]uint64{})
	old := formOf(groupOf(t)).overflow
	hash := *(*func(unsafe.Pointer, uintptr) uintptr)(unsafe.Add(description(t), hashOffset))
	rng := p.Rand()
	all := rules{top: true, low: true}
	for round := 0; round < 64; round++ {
		m := make(map[uint64]uint64)
		keys := make([]uint64, 8)
		for i := range keys {
			keys[i] = rng.Uint64()
			m[keys[i]] = 1
		}
		header := *(*unsafe.Pointer)(unsafe.Pointer(&m))
		group := *(*unsafe.Pointer)(unsafe.Add(header, groupPointer))
		seed := uintptr(*(*uint64)(unsafe.Add(header, seedOffsetNew)))
		if old {
			seed = uintptr(*(*uint32)(unsafe.Add(header, seedOffsetOld)))
		}
		// Keys fill the slots of an empty map in the order of their inserts.
		for i := range keys {
			tag := *(*uint8)(unsafe.Add(group, i))
			h := hash(unsafe.Pointer(&keys[i]), seed)
			all.top = all.top && tag == topBits(h)
			all.low = all.low && tag == lowBits(h)
		}
		probe.Keep(m)
	}
	p.Outcome("tag-of-a-key", all.name())
}

// topBits is the highest 8 bits, of which the lowest values are set aside for empty slots and for moved ones.
func topBits(hash uintptr) uint8 {
	top := uint8(hash >> (8*unsafe.Sizeof(hash) - 8))
	if top < smallestTopOld {
		top += smallestTopOld
	}
	return top
}

// lowBits is the lowest 7 bits. The eighth tells a full slot (0) from an empty or a deleted one.
func lowBits(hash uintptr) uint8 { return uint8(hash & 0x7f) }

func (r rules) name() string {
	switch {
	case r.top && !r.low:
		return "top 8 bits"
	case r.low && !r.top:
		return "low 7 bits"
	}
	return "something else"
}

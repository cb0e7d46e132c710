package main

import (
	"strconv"

	"harness/go-programs/probe"
)

// sizes are the types that can be returned. Each has functions of its own: generic ones would share
// code that learns the size at run time.
var sizes = map[int]struct{ returned func(*probe.Probe) }{
	16:   {returned16},
	64:   {returned64},
	128:  {returned128},
	256:  {returned256},
	512:  {returned512},
	1024: {returned1024},
	2048: {returned2048},
	4096: {returned4096},
}

// times measures both ways. The checks are the same sum, of one field of each of the values.
func times(p *probe.Probe, byValue, byPointer func(n uint64) uint64) {
	p.Bench("by-value", batchNs, warmup, samples, func(n uint64) { probe.Keep(byValue(n)) })
	p.Bench("by-pointer", batchNs, warmup, samples, func(n uint64) { probe.Keep(byPointer(n)) })
	p.Check(strconv.FormatUint(byValue(1000)+byPointer(1000), 10))
}

type thing16 struct{ words [2]uint64 }

//go:noinline
func value16(i uint64) thing16 {
	var t thing16
	t.words[0], t.words[1] = i, i+1
	return t
}

//go:noinline
func pointer16(i uint64) *thing16 {
	t := new(thing16)
	t.words[0], t.words[1] = i, i+1
	return t
}

func returned16(p *probe.Probe) {
	times(p, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := value16(i)
			sum += t.words[0] ^ t.words[1]
		}
		return sum
	}, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := pointer16(i)
			sum += t.words[0] ^ t.words[1]
		}
		return sum
	})
}

type thing64 struct{ words [8]uint64 }

//go:noinline
func value64(i uint64) thing64 {
	var t thing64
	t.words[0], t.words[7] = i, i+1
	return t
}

//go:noinline
func pointer64(i uint64) *thing64 {
	t := new(thing64)
	t.words[0], t.words[7] = i, i+1
	return t
}

func returned64(p *probe.Probe) {
	times(p, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := value64(i)
			sum += t.words[0] ^ t.words[7]
		}
		return sum
	}, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := pointer64(i)
			sum += t.words[0] ^ t.words[7]
		}
		return sum
	})
}

type thing128 struct{ words [16]uint64 }

//go:noinline
func value128(i uint64) thing128 {
	var t thing128
	t.words[0], t.words[15] = i, i+1
	return t
}

//go:noinline
func pointer128(i uint64) *thing128 {
	t := new(thing128)
	t.words[0], t.words[15] = i, i+1
	return t
}

func returned128(p *probe.Probe) {
	times(p, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := value128(i)
			sum += t.words[0] ^ t.words[15]
		}
		return sum
	}, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := pointer128(i)
			sum += t.words[0] ^ t.words[15]
		}
		return sum
	})
}

type thing256 struct{ words [32]uint64 }

//go:noinline
func value256(i uint64) thing256 {
	var t thing256
	t.words[0], t.words[31] = i, i+1
	return t
}

//go:noinline
func pointer256(i uint64) *thing256 {
	t := new(thing256)
	t.words[0], t.words[31] = i, i+1
	return t
}

func returned256(p *probe.Probe) {
	times(p, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := value256(i)
			sum += t.words[0] ^ t.words[31]
		}
		return sum
	}, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := pointer256(i)
			sum += t.words[0] ^ t.words[31]
		}
		return sum
	})
}

type thing512 struct{ words [64]uint64 }

//go:noinline
func value512(i uint64) thing512 {
	var t thing512
	t.words[0], t.words[63] = i, i+1
	return t
}

//go:noinline
func pointer512(i uint64) *thing512 {
	t := new(thing512)
	t.words[0], t.words[63] = i, i+1
	return t
}

func returned512(p *probe.Probe) {
	times(p, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := value512(i)
			sum += t.words[0] ^ t.words[63]
		}
		return sum
	}, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := pointer512(i)
			sum += t.words[0] ^ t.words[63]
		}
		return sum
	})
}

type thing1024 struct{ words [128]uint64 }

//go:noinline
func value1024(i uint64) thing1024 {
	var t thing1024
	t.words[0], t.words[127] = i, i+1
	return t
}

//go:noinline
func pointer1024(i uint64) *thing1024 {
	t := new(thing1024)
	t.words[0], t.words[127] = i, i+1
	return t
}

func returned1024(p *probe.Probe) {
	times(p, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := value1024(i)
			sum += t.words[0] ^ t.words[127]
		}
		return sum
	}, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := pointer1024(i)
			sum += t.words[0] ^ t.words[127]
		}
		return sum
	})
}

type thing2048 struct{ words [256]uint64 }

//go:noinline
func value2048(i uint64) thing2048 {
	var t thing2048
	t.words[0], t.words[255] = i, i+1
	return t
}

//go:noinline
func pointer2048(i uint64) *thing2048 {
	t := new(thing2048)
	t.words[0], t.words[255] = i, i+1
	return t
}

func returned2048(p *probe.Probe) {
	times(p, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := value2048(i)
			sum += t.words[0] ^ t.words[255]
		}
		return sum
	}, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := pointer2048(i)
			sum += t.words[0] ^ t.words[255]
		}
		return sum
	})
}

type thing4096 struct{ words [512]uint64 }

//go:noinline
func value4096(i uint64) thing4096 {
	var t thing4096
	t.words[0], t.words[511] = i, i+1
	return t
}

//go:noinline
func pointer4096(i uint64) *thing4096 {
	t := new(thing4096)
	t.words[0], t.words[511] = i, i+1
	return t
}

func returned4096(p *probe.Probe) {
	times(p, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := value4096(i)
			sum += t.words[0] ^ t.words[511]
		}
		return sum
	}, func(n uint64) (sum uint64) {
		for i := uint64(0); i < n; i++ {
			t := pointer4096(i)
			sum += t.words[0] ^ t.words[511]
		}
		return sum
	})
}

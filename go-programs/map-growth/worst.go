package main

import (
	"math/bits"

	"harness/go-programs/probe"
)

// Map sizes are binned like a logarithmic histogram: binsPerDoubling bins for each power of two, one
// for each size below that.
const (
	binBits         = 4
	binsPerDoubling = 1 << binBits
)

// worst keeps the longest insert of each bin of map sizes. It does not allocate after newWorst.
type worst struct {
	took []int64
	size []uint64
}

// newWorst has room for maps of up to n entries.
func newWorst(n uint64) *worst {
	bins := binOf(n) + 1
	return &worst{make([]int64, bins), make([]uint64, bins)}
}

// record notes an insert into a map that had size entries before.
func (w *worst) record(size uint64, took int64) {
	if i := binOf(size); took > w.took[i] {
		w.took[i], w.size[i] = took, size
	}
}

// emit writes a sample for each bin that saw an insert, at the size that was the worst.
func (w *worst) emit(p *probe.Probe) {
	for i, took := range w.took {
		if took > 0 {
			p.SampleAt("worst-insert", probe.Nanoseconds, probe.Measure, 1, float64(took), float64(w.size[i]))
		}
	}
}

// binOf returns the bin of a size.
func binOf(size uint64) int {
	if size < binsPerDoubling {
		return int(size)
	}
	octave := bits.Len64(size) - 1 - binBits
	return octave<<binBits + int(size>>uint(octave))
}

// binStarts returns the smallest size of each bin from size from to size to, both included.
func binStarts(from, to uint64) []uint64 {
	var starts []uint64
	last := -1
	for size := from; size <= to; {
		if bin := binOf(size); bin != last {
			starts, last = append(starts, size), bin
		}
		step := uint64(1)
		if bits.Len64(size) > binBits+1 {
			step = 1 << uint(bits.Len64(size)-1-binBits)
		}
		size = size/step*step + step
	}
	return starts
}

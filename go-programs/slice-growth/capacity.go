package main

import (
	"math"
	"runtime/metrics"
	"sort"
	"strconv"
	"strings"
	"unsafe"

	"harness/go-programs/probe"
)

const (
	// threshold is the capacity from which the article's second formula holds.
	threshold = 256
	// What is large enough for the constant of that formula to be below 2 % of the capacity.
	largeFrom = 10000
	// capacities stops at that many elements.
	largest = 1000000
	// pageBytes is the allocator's page: larger objects are rounded up to it.
	pageBytes = 8192
)

// wanted is the capacity of which the article says that it follows old.
func wanted(old int) int {
	if old < threshold {
		return 2 * old
	}
	return old + old/4 + 192
}

// after is the capacity that an append gives to a full slice with the capacity old.
func after[T any](old int) int {
	var zero T
	return cap(append(make([]T, old), zero))
}

// capacities lets a slice grow from nothing.
func capacities[T any](p *probe.Probe) {
	var zero T
	var s []T
	var first []string
	for cap(s) < largest {
		old := cap(s)
		// Only the append to a full slice matters.
		s = append(s[:old], zero)
		if cap(s) <= 4*threshold {
			first = append(first, strconv.Itoa(cap(s)))
		}
		if old == 0 {
			continue
		}
		factor := float64(cap(s)) / float64(old)
		p.SampleAt("growth", probe.One, probe.Measure, 1, factor, float64(old))
		if old < threshold {
			p.Sample("small-growth", probe.One, probe.Measure, 1, factor)
		} else if old >= largeFrom {
			p.Sample("large-growth", probe.One, probe.Measure, 1, factor)
		}
	}
	p.Outcome("first-capacities", strings.Join(first, " "))
}

// starts are old capacities: all small ones, then one every few percent.
func starts() []int {
	var all []int
	for c := 1; c < 200000; c += 1 + c/1000*50 {
		all = append(all, c)
	}
	return all
}

// formula compares what an append gives with what is written about it.
func formula[T any](p *probe.Probe) {
	var zero T
	size := int(unsafe.Sizeof(zero))
	classes := sizeClasses()
	small, large := 0, 0
	never, rounded := true, true
	for _, old := range starts() {
		got, want := after[T](old), wanted(old)
		if got != want && old < threshold {
			small++
		} else if got != want {
			large++
		}
		never = never && got >= want
		rounded = rounded && got == roundUp(classes, want*size)/size
	}
	p.Outcome("doubles-below-256", small == 0)
	p.Outcome("equals-formula-from-256", large == 0)
	p.Outcome("never-below-formula", never)
	p.Outcome("formula-rounded-up-to-size-class", rounded)
	p.Outcome("small-starts-off-formula", small)
	p.Outcome("large-starts-off-formula", large)
	p.Outcome("after-512", after[T](512))
}

// sizeClasses are the sizes of small objects that the allocator has, as it tells itself.
func sizeClasses() []int {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs-by-size:bytes"}}
	metrics.Read(sample)
	var classes []int
	for _, bound := range sample[0].Value.Float64Histogram().Buckets {
		// Buckets begin one byte above a class.
		if bound > 1 && !math.IsInf(bound, 1) {
			classes = append(classes, int(bound)-1)
		}
	}
	return classes
}

// roundUp is what the allocator makes of a size: the next class, or whole pages above the largest.
func roundUp(classes []int, size int) int {
	if i := sort.SearchInts(classes, size); i < len(classes) {
		return classes[i]
	}
	return (size + pageBytes - 1) / pageBytes * pageBytes
}

// page is as large as a page of the allocator: slices of it need no rounding, and their capacity
// is that of the formula alone.
type page [pageBytes]byte

func pages(p *probe.Probe) {
	p.Outcome("doubles-below-256", follows([]int{1, 2, 7, 31, 100, 171, 255}))
	p.Outcome("equals-formula-from-256", follows([]int{256, 257, 300, 401, 512, 700, 1001}))
	p.Outcome("after-255", after[page](255))
	p.Outcome("after-300", after[page](300))
}

func follows(starts []int) bool {
	for _, old := range starts {
		if after[page](old) != wanted(old) {
			return false
		}
	}
	return true
}

// Small-map-vs-slice looks up keys in few entries: in a map, by binary search in a sorted slice, and by going
// through a slice from its beginning.
package main

import (
	"fmt"
	"os"
	"strconv"

	"harness/go-programs/probe"
)

const (
	// orderLength is how many keys are drawn: too many for a branch predictor to learn them by heart.
	orderLength = 1 << 15
	warmup      = 3
	batches     = 21
	// by-size goes through all sizes and is content with less.
	sizeOrderLength = 1 << 14
	sizeWarmup      = 1
	sizeBatches     = 5
)

// sizes are those of by-size.
var sizes = []int{1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128}

// structure looks up all keys of an order and returns the sum of their values.
type structure struct {
	name string
	sum  func() int
}

func main() {
	p := probe.New("small-map-vs-slice")
	entries := p.Int("entries", 7, "number of entries")
	key := p.String("key", "int", "type of the keys: int or string")
	p.Case("lookup", "look up random keys among a few entries", func() {
		structures := build(p, *key, *entries, orderLength)
		took, sum := compare(structures, warmup, batches)
		for s, batches := range took {
			for i, ns := range batches {
				phase := probe.Measure
				if i < warmup {
					phase = probe.Warmup
				}
				p.Sample(structures[s].name+"-lookup", probe.Nanoseconds, phase, orderLength, ns)
			}
		}
		p.Check(strconv.Itoa(sum))
	})
	p.Case("by-size", "the same for all sizes, and where the map gets ahead", func() { bySize(p, *key) })
	p.Main()
}

func build(p *probe.Probe, key string, entries, lookups int) []structure {
	rng := p.Rand()
	numbers := distinct(rng, entries)
	order := make([]int, lookups)
	for i := range order {
		order[i] = int(rng.Below(uint64(entries)))
	}
	switch key {
	case "int":
		return ofInts(numbers, order)
	case "string":
		return ofStrings(numbers, order)
	}
	fmt.Fprintf(os.Stderr, "small-map-vs-slice: --key=%s: neither int nor string\n", key)
	os.Exit(2)
	return nil
}

// distinct draws n different numbers of 40 bits.
func distinct(rng *probe.Rand, n int) []int {
	seen := make(map[int]bool)
	numbers := make([]int, 0, n)
	for len(numbers) < n {
		number := int(rng.Below(1 << 40))
		if !seen[number] {
			seen[number] = true
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// compare times the structures in turn, batch by batch, so that what disturbs one disturbs its neighbours too.
func compare(structures []structure, warmup, batches int) (took [][]float64, sum int) {
	took = make([][]float64, len(structures))
	for s := range took {
		took[s] = make([]float64, warmup+batches)
	}
	for i := 0; i < warmup+batches; i++ {
		for s := range structures {
			start := probe.Now()
			sum += structures[s].sum()
			took[s][i] = float64(probe.Now() - start)
		}
	}
	return took, sum
}

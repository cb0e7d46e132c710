package main

import (
	"sort"
	"strconv"

	"harness/go-programs/probe"
)

func bySize(p *probe.Probe, key string) {
	ratios := make(map[string][]float64)
	sum := 0
	for _, entries := range sizes {
		structures := build(p, key, entries, sizeOrderLength)
		took, added := compare(structures, sizeWarmup, sizeBatches)
		sum += added
		medians := make(map[string]float64)
		for s := range structures {
			medians[structures[s].name] = median(took[s][sizeWarmup:])
		}
		for _, name := range []string{"binary", "linear"} {
			ratio := medians[name] / medians["map"]
			ratios[name] = append(ratios[name], ratio)
			p.SampleAt(name+"-ratio", probe.One, probe.Measure, 1, ratio, float64(entries))
		}
	}
	for name, list := range ratios {
		if at := crossover(list); at > 0 {
			p.Value(name+"-crossover", probe.One, at)
		} else {
			p.Absent(name+"-crossover", probe.One, "the map is never ahead up to 128 entries")
		}
	}
	p.Check(strconv.Itoa(sum))
}

// crossover is the number of entries from which on the map is faster, by linear interpolation between the last size
// at which it is not and the next one. It is the smallest size where the map is always ahead, 0 where it is not ahead at the
// largest.
func crossover(ratios []float64) float64 {
	last := len(ratios) - 1
	if ratios[last] <= 1 {
		return 0
	}
	for last >= 0 && ratios[last] > 1 {
		last--
	}
	if last < 0 {
		return float64(sizes[0])
	}
	share := (1 - ratios[last]) / (ratios[last+1] - ratios[last])
	return float64(sizes[last]) + share*float64(sizes[last+1]-sizes[last])
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return sorted[len(sorted)/2]
}

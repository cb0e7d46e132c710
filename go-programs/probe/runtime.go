package probe

import (
	"fmt"
	"math"
	"runtime/metrics"
	"strings"
)

// RuntimeHistogram is a snapshot of a histogram of runtime/metrics.
type RuntimeHistogram struct {
	name string
	hist *metrics.Float64Histogram
}

// ReadRuntimeHistogram takes a snapshot of the runtime's histogram name, such as
// "/sched/latencies:seconds". The snapshot shares no memory with a later one.
func ReadRuntimeHistogram(name string) RuntimeHistogram {
	value := readMetric(name)
	if value.Kind() != metrics.KindFloat64Histogram {
		return RuntimeHistogram{name: name}
	}
	return RuntimeHistogram{name, value.Float64Histogram()}
}

// Supported reports whether the Go release that runs has the metric, as a histogram.
func (r RuntimeHistogram) Supported() bool { return r.hist != nil }

// ReadRuntimeMetric returns a scalar of runtime/metrics as the runtime counts it (seconds stay
// seconds), and whether this Go release has it.
func ReadRuntimeMetric(name string) (value float64, ok bool) {
	switch value := readMetric(name); value.Kind() {
	case metrics.KindUint64:
		return float64(value.Uint64()), true
	case metrics.KindFloat64:
		return value.Float64(), true
	default:
		return 0, false
	}
}

// RuntimeHist records what the runtime's histogram counted between two snapshots. Bounds in
// seconds become nanoseconds. If the release does not have the metric, that is recorded instead.
// It panics if the snapshots are of different histograms.
func (p *Probe) RuntimeHist(metric string, before, after RuntimeHistogram) {
	unit, scale := runtimeUnit(after.name)
	if before.name != after.name {
		panic(fmt.Sprintf("probe: %s would be the difference of %s and %s", metric, after.name, before.name))
	}
	if !before.Supported() || !after.Supported() {
		p.Absent(metric, unit, after.name+" is not a histogram of this Go release")
		return
	}
	p.Hist(metric, unit, scaleBounds(after.hist.Buckets, scale), countsBetween(before.hist, after.hist))
}

func readMetric(name string) metrics.Value {
	// A sample that is read again reuses the memory of its histogram, so each reading has its own.
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value
}

// runtimeUnit returns the protocol's unit for a runtime metric and what its bounds are multiplied by.
func runtimeUnit(name string) (Unit, float64) {
	switch {
	case strings.HasSuffix(name, ":seconds"):
		return Nanoseconds, 1e9
	case strings.HasSuffix(name, ":bytes"):
		return Bytes, 1
	default:
		return One, 1
	}
}

func scaleBounds(bounds []float64, scale float64) []float64 {
	scaled := make([]float64, len(bounds))
	for i, b := range bounds {
		scaled[i] = b * scale
		if rounded := math.Round(b*scale*1e3) / 1e3; scale != 1 && !math.IsInf(rounded, 0) {
			// The runtime keeps nanoseconds and divides them: 64 ns must not become 64.00000000000001.
			scaled[i] = rounded
		}
	}
	return scaled
}

func countsBetween(before, after *metrics.Float64Histogram) []uint64 {
	counts := make([]uint64, len(after.Counts))
	for i := range counts {
		counts[i] = after.Counts[i] - before.Counts[i]
	}
	return counts
}

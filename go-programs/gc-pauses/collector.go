package main

import (
	"runtime/metrics"

	"harness/go-programs/probe"
)

const (
	cyclesMetric   = "/gc/cycles/total:gc-cycles"
	liveMetric     = "/gc/heap/live:bytes" // since Go 1.21
	stoppingMetric = "/sched/pauses/stopping/gc:seconds"
)

// pauseMetrics are the names of the histogram of stop-the-world pauses: Go 1.22 has both, with the
// same values, older releases the second one only.
var pauseMetrics = []string{"/sched/pauses/total/gc:seconds", "/gc/pauses:seconds"}

// collector is what the runtime has counted so far. It comes from runtime/metrics alone:
// runtime.ReadMemStats would stop the world itself.
type collector struct {
	cycles          float64
	pauses          probe.RuntimeHistogram
	pauseCount      uint64
	stopping        probe.RuntimeHistogram
	gcCPU, totalCPU float64
	hasCPU          bool
	limited         float64
	hasLimited      bool
}

func readCollector() collector {
	var c collector
	c.cycles = readCycles()
	c.pauses, c.pauseCount = readPauses()
	c.stopping = probe.ReadRuntimeHistogram(stoppingMetric)
	c.gcCPU, _ = probe.ReadRuntimeMetric("/cpu/classes/gc/total:cpu-seconds")
	c.totalCPU, c.hasCPU = probe.ReadRuntimeMetric("/cpu/classes/total:cpu-seconds")
	c.limited, c.hasLimited = probe.ReadRuntimeMetric("/gc/limiter/last-enabled:gc-cycle")
	return c
}

func readCycles() float64 {
	cycles, ok := probe.ReadRuntimeMetric(cyclesMetric)
	if !ok {
		fail("this Go release has no metric %s", cyclesMetric)
	}
	return cycles
}

func readPauses() (probe.RuntimeHistogram, uint64) {
	for _, name := range pauseMetrics {
		if h := probe.ReadRuntimeHistogram(name); h.Supported() {
			return h, histogramTotal(name)
		}
	}
	return probe.ReadRuntimeHistogram(pauseMetrics[0]), 0
}

// histogramTotal is the number of values in a histogram of runtime/metrics.
func histogramTotal(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return 0
	}
	var total uint64
	for _, n := range sample[0].Value.Float64Histogram().Counts {
		total += n
	}
	return total
}

// record writes down what the collector did between two readings.
func (before collector) record(p *probe.Probe, after collector) {
	cycles := after.cycles - before.cycles
	p.Value("gc-cycles", probe.One, cycles)
	p.RuntimeHist("stw", before.pauses, after.pauses)
	p.RuntimeHist("stw-stopping", before.stopping, after.stopping)
	if cycles > 0 {
		p.Value("pauses-per-cycle", probe.One, float64(after.pauseCount-before.pauseCount)/cycles)
	} else {
		p.Absent("pauses-per-cycle", probe.One, "there was no cycle")
	}
	switch cpu := after.totalCPU - before.totalCPU; {
	case !after.hasCPU:
		p.Absent("gc-cpu-share", probe.One, "this Go release does not count CPU time by class")
	case cpu > 0:
		p.Value("gc-cpu-share", probe.One, (after.gcCPU-before.gcCPU)/cpu)
	default:
		// The runtime brings these counters up to date at the end of a cycle only.
		p.Value("gc-cpu-share", probe.One, 0)
	}
	switch {
	case !after.hasLimited:
		p.Absent("gc-limiter", probe.One, "this Go release does not tell")
	case after.limited > 0:
		// It may have been on since the live heap was built.
		p.Value("gc-limiter", probe.One, 1)
	default:
		p.Value("gc-limiter", probe.One, 0)
	}
	recordHeap(p)
}

// recordRate writes down the cycles for each GiB that the work is made of. Work that uses objects
// again counts as if it had allocated them.
func (before collector) recordRate(p *probe.Probe, after collector, totalMiB int) {
	p.Value("cycles-per-gib", probe.One, (after.cycles-before.cycles)*1024/float64(totalMiB))
}

// noGoal is above every heap goal that a collector which is switched on can have.
const noGoal = 1 << 50

func recordHeap(p *probe.Probe) {
	if goal, ok := probe.ReadRuntimeMetric("/gc/heap/goal:bytes"); ok && goal < noGoal {
		p.Value("heap-goal", probe.Bytes, goal)
	} else {
		p.Absent("heap-goal", probe.Bytes, "the collector has no goal")
	}
	if live, ok := probe.ReadRuntimeMetric(liveMetric); ok {
		p.Value("live-heap", probe.Bytes, live)
	} else {
		p.Absent("live-heap", probe.Bytes, "this Go release does not tell")
	}
}

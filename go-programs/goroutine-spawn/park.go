package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"

	"harness/go-programs/probe"
)

// growthSteps is at how many numbers of parked units the memory is read.
const growthSteps = 8

// park leaves its goroutines parked: their end is not part of the measurement, and the memory stays
// for the harness to see.
func park(p *probe.Probe, units, growKiB int) {
	if lack := memoryLack(units, growKiB); lack != "" {
		for _, metric := range []string{"rss", "stack-inuse", "stack-total"} {
			p.Absent(metric, probe.Bytes, lack)
		}
		for _, metric := range []string{"parked", "threads"} {
			p.Absent(metric, probe.One, lack)
		}
		return
	}
	before := stackInuse()
	release := make(chan struct{})
	grow(units, func(from, to int) {
		startParked(to-from, release, growKiB)
		p.SampleAt("rss", probe.Bytes, probe.Measure, 1, procStatus("VmRSS"), float64(to))
		p.SampleAt("stack-inuse", probe.Bytes, probe.Measure, 1, stackInuse(), float64(to))
	})
	total := stackInuse()
	p.Value("stack-total", probe.Bytes, total)
	p.Value("parked", probe.One, float64(runtime.NumGoroutine()-1))
	p.Value("threads", probe.One, procStatus("Threads"))
	p.Outcome("stack-bytes-per-goroutine", nearestPowerOfTwo((total-before)/float64(units)))
	p.Check("parked " + strconv.Itoa(units))
	runtime.KeepAlive(release)
}

func startParked(n int, release <-chan struct{}, growKiB int) {
	var started sync.WaitGroup
	started.Add(n)
	for i := 0; i < n; i++ {
		if growKiB == 0 {
			go func() {
				started.Done()
				<-release
			}()
		} else {
			go atDepth(framesFor(growKiB), func() {
				started.Done()
				<-release
			})
		}
	}
	started.Wait()
}

// framesFor returns how many frames of atDepth need a stack of kib KiB and fit into it: about five
// eighths, as stacks double and half of it would still fit into the next smaller one.
func framesFor(kib int) int { return kib * 5 / 8 }

// atDepth calls f below frames frames of about one KiB each.
//
//go:noinline
func atDepth(frames int, f func()) byte {
	var pad [1024]byte
	pad[frames%len(pad)] = byte(frames)
	if frames <= 1 {
		f()
	} else {
		pad[0] = atDepth(frames-1, f)
	}
	return pad[frames%len(pad)]
}

// startAfterDeep parks goroutines deep in calls while the collector runs, and then measures the
// stacks of new ones. Only a goroutine that gets the descriptor of an ended one may start with the
// average that the collector saw; one that gets a fresh descriptor starts with the minimum. A program
// that runs for a while has ended goroutines, so this one has too.
func startAfterDeep(p *probe.Probe, units int) {
	const deep, deepKiB, cycles = 2000, 8, 3
	deepRelease, release := make(chan struct{}), make(chan struct{})
	startParked(deep, deepRelease, deepKiB)
	endAtOnce(units)
	for i := 0; i < cycles; i++ {
		runtime.GC()
	}
	// Another collection would see the new stacks and change the average.
	debug.SetGCPercent(-1)
	before := stackInuse()
	startParked(units, release, 0)
	each := nearestPowerOfTwo((stackInuse() - before) / float64(units))
	p.Outcome("stack-bytes-after-deep-stacks", each)
	p.Outcome("starts-larger-after-deep-stacks", each > 2048)
	p.Check("parked " + strconv.Itoa(units))
	runtime.KeepAlive(deepRelease)
	runtime.KeepAlive(release)
}

// endAtOnce leaves the descriptors of n ended goroutines.
func endAtOnce(n int) {
	before := runtime.NumGoroutine()
	release := make(chan struct{})
	startParked(n, release, 0)
	close(release)
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
	}
}

// parkThreads parks a locked goroutine per thread: in a channel, so that the thread waits in a futex.
func parkThreads(p *probe.Probe, units int) {
	if lack := threadLack(units); lack != "" {
		p.Absent("rss", probe.Bytes, lack)
		p.Absent("vm-size", probe.Bytes, lack)
		p.Absent("threads", probe.One, lack)
		return
	}
	// The runtime ends a program that has more than 10,000 threads.
	debug.SetMaxThreads(units + 1000)
	release := make(chan struct{})
	grow(units, func(from, to int) {
		var started sync.WaitGroup
		started.Add(to - from)
		for i := from; i < to; i++ {
			go func() {
				runtime.LockOSThread()
				started.Done()
				<-release
			}()
		}
		started.Wait()
		p.SampleAt("rss", probe.Bytes, probe.Measure, 1, procStatus("VmRSS"), float64(to))
		p.SampleAt("vm-size", probe.Bytes, probe.Measure, 1, procStatus("VmSize"), float64(to))
	})
	p.Value("threads", probe.One, procStatus("Threads"))
	p.Check("parked " + strconv.Itoa(units))
	runtime.KeepAlive(release)
}

// grow calls step with growthSteps ranges of equal size up to units.
func grow(units int, step func(from, to int)) {
	for i := 0; i < growthSteps; i++ {
		step(units*i/growthSteps, units*(i+1)/growthSteps)
	}
}

func stackInuse() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.StackInuse)
}

// nearestPowerOfTwo rounds on a logarithmic scale: stacks are powers of two, and the spans that hold
// them add a little.
func nearestPowerOfTwo(x float64) int64 {
	if x < 1 {
		return 0
	}
	return int64(math.Exp2(math.Round(math.Log2(x))))
}

func procStatus(field string) float64 {
	n, ok := probe.ProcStatus(field)
	if !ok {
		fatal("read "+field, fmt.Errorf("/proc/self/status does not have it"))
	}
	return float64(n)
}

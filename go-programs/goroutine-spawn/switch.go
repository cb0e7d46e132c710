package main

import (
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	"harness/go-programs/probe"
)

const (
	switchWarmup  = 1
	switchSamples = 10
)

// switchGoroutines times hand-overs between two goroutines, and counts those of the kernel.
func switchGoroutines(p *probe.Probe, by string, switches int) {
	var takeTurns func(n uint64) uint64
	switch by {
	case "yield":
		takeTurns = yieldTurns
	case "channel":
		takeTurns = func(n uint64) uint64 { return channelTurns(n, func() {}) }
	default:
		fatal("switch", fmt.Errorf("--by=%s is neither yield nor channel", by))
	}
	timeTurns(p, "switch", switches, takeTurns)
}

// switchThreads does the same between two threads that may use one CPU only.
func switchThreads(p *probe.Probe, by string, switches int) {
	cpu := firstCPU()
	var takeTurns func(n uint64) uint64
	switch by {
	case "park":
		takeTurns = func(n uint64) uint64 {
			return channelTurns(n, func() {
				runtime.LockOSThread()
				pin(cpu)
			})
		}
	case "pipe":
		withoutScheduler()
		takeTurns = func(n uint64) uint64 { return pipeTurns(n, cpu) }
	default:
		fatal("switch-thread", fmt.Errorf("--by=%s is neither park nor pipe", by))
	}
	timeTurns(p, "thread-switch", switches, takeTurns)
}

// timeTurns records the time of takeTurns, and how often the kernel switched meanwhile.
// takeTurns(n) hands over n times and returns how often.
func timeTurns(p *probe.Probe, metric string, switches int, takeTurns func(n uint64) uint64) {
	n := uint64(switches)
	var turns uint64
	run := func(n uint64) { turns += takeTurns(n) }
	run(n)
	before := kernelSwitches()
	p.Batches(metric, n, switchWarmup, switchSamples, run)
	during := kernelSwitches() - before
	p.Sample("kernel-switches", probe.One, probe.Measure, n*(switchWarmup+switchSamples), float64(during))
	p.Check(strconv.FormatUint(turns, 10))
}

// yieldTurns has two goroutines yield in turn. With one P each yield runs the other.
func yieldTurns(n uint64) uint64 {
	var wg sync.WaitGroup
	var turns [2]uint64
	for i := range turns {
		i := i
		wg.Add(1)
		go func() {
			defer wg.Done()
			for ; turns[i] < n/2; turns[i]++ {
				runtime.Gosched()
			}
		}()
	}
	wg.Wait()
	return turns[0] + turns[1]
}

// channelTurns has two goroutines hand a number to and fro. prepare runs first in each.
func channelTurns(n uint64, prepare func()) uint64 {
	ping, pong := make(chan uint64), make(chan uint64)
	go func() {
		prepare()
		for turn := range ping {
			pong <- turn + 1
		}
		close(pong)
	}()
	result := make(chan uint64)
	go func() {
		prepare()
		var turn uint64
		for turn < n {
			ping <- turn + 1
			turn = <-pong
		}
		close(ping)
		result <- turn
	}()
	return <-result
}

// pipeTurns has two threads hand a byte to and fro through pipes. System calls are raw: Go's
// scheduler does not know that the threads wait, so that only the kernel's switch is measured.
func pipeTurns(n uint64, cpu int) uint64 {
	ping, pong := newPipe(), newPipe()
	defer ping.close()
	defer pong.close()
	result := make(chan uint64)
	go func() {
		runtime.LockOSThread()
		pin(cpu)
		echoTurns(n/2, ping.read, pong.write)
		result <- n / 2
	}()
	go func() {
		runtime.LockOSThread()
		pin(cpu)
		for i := uint64(0); i < n/2; i++ {
			writeByte(ping.write)
			readByte(pong.read)
		}
		result <- n / 2
	}()
	return <-result + <-result
}

func echoTurns(n uint64, from, to int) {
	for ; n > 0; n-- {
		readByte(from)
		writeByte(to)
	}
}

// kernelSwitches is how often the kernel took a CPU from a thread of this process, or got it back.
func kernelSwitches() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fatal("getrusage", err)
	}
	return usage.Nvcsw + usage.Nivcsw
}

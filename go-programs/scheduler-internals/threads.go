package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"harness/go-programs/probe"
)

var aByte [1]byte

// oneByte is the address of a byte that does not move.
var oneByte = uintptr(unsafe.Pointer(&aByte[0]))

// sleepers is how many goroutines wait in the kernel at a time.
const sleepers = 20

// machines blocks goroutines in system calls and compares the runtime's count of Ms with the
// kernel's count of threads.
func machines(p *probe.Probe) {
	var wg sync.WaitGroup
	wg.Add(sleepers)
	for i := 0; i < sleepers; i++ {
		go func() {
			defer wg.Done()
			span := syscall.NsecToTimespec(int64(300 * time.Millisecond))
			if err := syscall.Nanosleep(&span, nil); err != nil && err != syscall.EINTR {
				fatal("sleep", err)
			}
		}()
	}
	time.Sleep(150 * time.Millisecond)
	threads, ok := probe.ProcStatus("Threads")
	if !ok {
		fatal("count threads", os.ErrNotExist)
	}
	ms := pprof.Lookup("threadcreate").Count()
	wg.Wait()
	p.Outcome("one-thread-each", int64(ms) == threads)
	p.Outcome("at-least-the-blocked", threads >= sleepers)
}

// oneAtATime keeps two goroutines busy, which count and look at the other's count. One that looks
// sees the other's count move between two looks only if both run at once, or if it was preempted
// just there, which happens every 10 ms.
func oneAtATime(p *probe.Probe) {
	const span = 100 * time.Millisecond
	const preemptions = 100
	start := time.Now()
	var counts, moves [2]int64
	var wg sync.WaitGroup
	wg.Add(2)
	for i := 0; i < 2; i++ {
		go func(i int) {
			last := int64(0)
			for time.Since(start) < span {
				atomic.AddInt64(&counts[i], 1)
				if other := atomic.LoadInt64(&counts[1-i]); other != last {
					moves[i]++
					last = other
				}
			}
			wg.Done()
		}(i)
	}
	wg.Wait()
	p.Outcome("both-ran", counts[0] > 0 && counts[1] > 0)
	p.Outcome("two-at-once", moves[0] > preemptions && moves[1] > preemptions)
}

// defaultProcs compares GOMAXPROCS with the CPUs that this process may use, and asks a child that
// may use only one.
func defaultProcs(p *probe.Probe) {
	allowed, err := allowedCPUs()
	if err != nil {
		fatal("read the allowed CPUs", err)
	}
	p.Outcome("equals-cpus", runtime.GOMAXPROCS(0) == len(allowed))
	// A child inherits the CPUs of the thread that starts it.
	runtime.LockOSThread()
	var mask [16]uint64
	mask[allowed[0]/64] = 1 << (allowed[0] % 64)
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		fatal("tie the thread to a CPU", errno)
	}
	child := probe.RunChild(10*time.Second, []string{"GOMAXPROCS="}, "--case=procs")
	found := regexp.MustCompile(`"key":"procs","value":(\d+)`).FindStringSubmatch(child.Stdout)
	if found == nil {
		fatal("ask a child", fmt.Errorf("it said %q", child.Stdout+child.Stderr))
	}
	p.Outcome("with-one-cpu-allowed", found[1])
}

func procs(p *probe.Probe) { p.Outcome("procs", runtime.GOMAXPROCS(0)) }

// allowedCPUs reads the CPUs that the kernel lets this process use.
func allowedCPUs() ([]int, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		if list := strings.TrimPrefix(line, "Cpus_allowed_list:"); list != line {
			return parseCPUs(strings.TrimSpace(list))
		}
	}
	return nil, os.ErrNotExist
}

// parseCPUs reads a list such as 0-3,8.
func parseCPUs(list string) ([]int, error) {
	var cpus []int
	for _, part := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		if err != nil {
			return nil, err
		}
		last, err := strconv.Atoi(to)
		if err != nil {
			return nil, err
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// fatal ends the process: without done, the invocation counts as failed.
func fatal(doing string, err error) {
	fmt.Fprintf(os.Stderr, "scheduler-internals: %s: %v\n", doing, err)
	os.Exit(1)
}

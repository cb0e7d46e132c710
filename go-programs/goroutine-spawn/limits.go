package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"harness/go-programs/probe"
)

// bytesPerUnit is what a parked goroutine with a small stack may take before a run is called unsafe:
// more than twice of what it does take, as other programs need memory too.
const bytesPerUnit = 6 << 10

// memoryLack says why so many goroutines are not parked here; empty if they can be.
func memoryLack(units, growKiB int) string {
	available, ok := lineNumber("/proc/meminfo", "MemAvailable:", 1)
	if !ok {
		return "/proc/meminfo does not say how much memory is available"
	}
	needed := int64(units) * int64(bytesPerUnit+2*growKiB<<10)
	if available*1024 < needed {
		return fmt.Sprintf("%d goroutines may need %d MiB, and %d MiB are available", units, needed>>20, available>>10)
	}
	return ""
}

// threadLack says why so many threads are not started here; empty if they can be. Half of what the
// kernel allows is left to others.
func threadLack(units int) string {
	limit, running := kernelThreadLimit(), runningThreads()
	if int64(units) > (limit-running)/2 {
		return fmt.Sprintf("%d threads are more than half of the %d that the kernel still allows", units, limit-running)
	}
	return ""
}

func threadLimit(p *probe.Probe) {
	limit := kernelThreadLimit()
	p.Value("thread-limit", probe.One, float64(limit))
	for name, file := range map[string]string{
		"pid-max":       "/proc/sys/kernel/pid_max",
		"threads-max":   "/proc/sys/kernel/threads-max",
		"max-map-count": "/proc/sys/vm/max_map_count",
	} {
		if n, ok := number(file); ok {
			p.Outcome(name, n)
		}
	}
	p.Check("limit " + strconv.FormatInt(limit, 10))
}

// kernelThreadLimit is the smallest of the settings that stop a user's threads: ids, threads of the
// system, processes of the user, the control group's, and mappings (a stack and its guard a thread).
func kernelThreadLimit() int64 {
	limit := int64(math.MaxInt64)
	lower := func(n int64, ok bool) {
		if ok && n < limit {
			limit = n
		}
	}
	lower(number("/proc/sys/kernel/pid_max"))
	lower(number("/proc/sys/kernel/threads-max"))
	mappings, ok := number("/proc/sys/vm/max_map_count")
	lower(mappings/2, ok)
	lower(lineNumber("/proc/self/limits", "Max processes", 2))
	lower(number(pidsGroup() + "/pids.max"))
	return limit
}

// pidsGroup is the folder of the control group that limits the number of tasks.
func pidsGroup() string {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "/sys/fs/cgroup"
	}
	return groupFolder(string(text))
}

// groupFolder reads /proc/self/cgroup: the hierarchy of the pids controller, else the unified one.
func groupFolder(text string) string {
	unified := "/sys/fs/cgroup"
	for _, line := range strings.Split(text, "\n") {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) != 3 {
			continue
		}
		if fields[1] == "pids" {
			return "/sys/fs/cgroup/pids" + fields[2]
		}
		if fields[1] == "" {
			unified = "/sys/fs/cgroup" + fields[2]
		}
	}
	return unified
}

// runningThreads is the number of threads of the whole system; 0 if it is not known.
func runningThreads() int64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "/")
	n, _ := strconv.ParseInt(strings.Fields(rest + " 0")[0], 10, 64)
	return n
}

// number reads a file that holds one number. A file that is absent, or says "max", gives none.
func number(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// lineNumber reads word number word (from 0) of the line that starts with start.
func lineNumber(file, start string, word int) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(line, start) {
			continue
		}
		words := strings.Fields(line)
		if word >= len(words) {
			return 0, false
		}
		n, err := strconv.ParseInt(words[word], 10, 64)
		return n, err == nil
	}
	return 0, false
}

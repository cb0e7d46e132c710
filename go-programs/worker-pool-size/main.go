// Worker-pool-size measures how the time of a job depends on the number of workers, for jobs that
// compute and for jobs that wait.
package main

import (
	"math"
	"runtime"
	"strconv"
	"time"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("worker-pool-size")
	perCPU := p.Float64("per-cpu", 1, "workers for each processor")
	compute := p.Uint64("compute", 20000, "steps of computing in a job")
	waitMs := p.Int("wait-ms", 5, "waiting in a job, in ms")
	p.Case("cpu", "time of a job that computes", func() { cpuBound(p, *perCPU, *compute) })
	p.Case("io", "time of a job that waits and computes a little", func() { ioBound(p, *perCPU, *compute, *waitMs) })
	p.Main()
}

// workersFor is a number of workers for each processor, at least one in all. GOMAXPROCS is set to the
// number of processors: that is the case which a rule in terms of NumCPU is about.
func workersFor(perCPU float64) int {
	runtime.GOMAXPROCS(runtime.NumCPU())
	return int(math.Max(1, math.Round(perCPU*float64(runtime.NumCPU()))))
}

// steps is computing that the compiler can't shorten.
func steps(n, x uint64) uint64 {
	for ; n > 0; n-- {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

// timeJobs sends jobs through a pool that stays for all batches, and times the whole.
func timeJobs(p *probe.Probe, metric string, workers, count, warmup, measure int, work func(job uint64) uint64) {
	jobs, results := make(chan uint64, count), make(chan uint64, count)
	for i := 0; i < workers; i++ {
		go func() {
			for job := range jobs {
				results <- work(job)
			}
		}()
	}
	sum := uint64(0)
	p.Batches(metric, uint64(count), warmup, measure, func(n uint64) {
		sum = 0
		for job := uint64(1); job <= n; job++ {
			jobs <- job
		}
		for i := uint64(0); i < n; i++ {
			sum += <-results
		}
	})
	p.Check(strconv.FormatUint(sum, 10))
}

func cpuBound(p *probe.Probe, perCPU float64, compute uint64) {
	const jobs = 200
	timeJobs(p, "cpu-job", workersFor(perCPU), jobs, 3, 12, func(job uint64) uint64 { return steps(compute, job) })
}

// ioJobs is how many jobs keep the workers busy for long enough: ten each, as far as two thousand
// go, and at least one each. The largest two pools of a small machine then have equally many, so that
// the start, when all wait, weighs the same in both.
func ioJobs(workers int) int {
	jobs := 10 * workers
	if jobs > 2000 {
		jobs = 2000
	}
	if jobs < workers {
		jobs = workers
	}
	return jobs
}

func ioBound(p *probe.Probe, perCPU float64, compute uint64, waitMs int) {
	workers := workersFor(perCPU)
	pause := time.Duration(waitMs) * time.Millisecond
	timeJobs(p, "io-job", workers, ioJobs(workers), 1, 2, func(job uint64) uint64 {
		time.Sleep(pause)
		return steps(compute, job)
	})
}

package main

import (
	"sync"
	"time"

	"harness/go-programs/probe"
)

// guard says where a worker recovers.
type guard int

const (
	nowhere guard = iota
	aroundWorker
	aroundJob
)

// recovered is what the deferred function of a snippet does: the panic ends here.
func recovered() { _ = recover() }

// guarded runs a pool of three on jobs of which those in bad panic. It returns how many jobs were
// done and how many workers were still there when the jobs had run out or no worker was left.
func guarded(where guard, jobs int, bad func(job int) bool) (done, workersLeft int) {
	const workers = 3
	queue := make(chan int, jobs)
	feed(queue, 0, jobs)
	var mu sync.Mutex
	work := func(job int) {
		if where == aroundJob {
			defer recovered()
		}
		if bad(job) {
			panic("bad job")
		}
		mu.Lock()
		done++
		mu.Unlock()
	}
	var alive sync.WaitGroup
	for i := 0; i < workers; i++ {
		alive.Add(1)
		go func() {
			defer alive.Done()
			if where == aroundWorker {
				defer recovered()
			}
			for job := range queue {
				work(job)
			}
			mu.Lock()
			workersLeft++
			mu.Unlock()
		}()
	}
	alive.Wait()
	return done, workersLeft
}

func panics(p *probe.Probe) {
	const jobs = 100
	one := func(job int) bool { return job == 9 }
	ten := func(job int) bool { return job%10 == 9 }
	for _, run := range []struct {
		name  string
		where guard
		bad   func(int) bool
		count int
	}{
		{"one-panic-worker-recovers", aroundWorker, one, 1},
		{"ten-panics-worker-recovers", aroundWorker, ten, 10},
		{"ten-panics-job-recovers", aroundJob, ten, 10},
	} {
		done, workersLeft := guarded(run.where, jobs, run.bad)
		p.Outcome(run.name+"-done", done)
		p.Outcome(run.name+"-all-good-jobs-done", done == jobs-run.count)
		p.Outcome(run.name+"-workers-left", workersLeft)
	}
	p.Outcome("no-recover", probe.RunChild(2*patience, nil, "--case=child-panic").Fate())
	p.Outcome("no-panic", probe.RunChild(2*patience, nil, "--case=child-no-panic").Fate())
}

// panicUnrecovered stays around after the pool: a worker that panics runs its deferred Done before the
// program dies, and main could return in between.
func panicUnrecovered(one bool) {
	defer time.Sleep(patience / 10)
	guarded(nowhere, 100, func(job int) bool { return one && job == 9 })
}

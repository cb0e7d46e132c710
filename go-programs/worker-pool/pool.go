package main

import (
	"runtime"
	"sync"
	"time"

	"harness/go-programs/probe"
)

// start runs workers on jobs until that channel is closed. Once the last worker has ended it closes
// results, and then ended, by which one can see the end without reading results.
func start(workers int, jobs <-chan int, results chan<- int, work func(int) int) (ended <-chan struct{}) {
	var alive sync.WaitGroup
	alive.Add(workers)
	for i := 0; i < workers; i++ {
		go func() {
			defer alive.Done()
			for job := range jobs {
				results <- work(job)
			}
		}()
	}
	over := make(chan struct{})
	go func() {
		alive.Wait()
		close(results)
		close(over)
	}()
	return over
}

// feed sends the jobs from first to before last and closes the channel.
func feed(jobs chan<- int, first, last int) {
	for job := first; job < last; job++ {
		jobs <- job
	}
	close(jobs)
}

// tally counts how often each of n results arrived.
type tally []int

func (t tally) eachOnce() bool {
	for _, times := range t {
		if times != 1 {
			return false
		}
	}
	return true
}

func (t tally) collect(results <-chan int) {
	for result := range results {
		t[result]++
	}
}

func poolRuns(p *probe.Probe) {
	const workers, count = 10, 1000
	before := runtime.NumGoroutine()
	inside := newGauge(workers)
	jobs, results := make(chan int), make(chan int)
	start(workers, jobs, results, func(job int) int {
		inside.visit()
		return job
	})
	go feed(jobs, 0, count)
	arrived := make(tally, count)
	closed := probe.Returns(4*patience, func() { arrived.collect(results) })
	p.Outcome("results-closed", closed)
	p.Outcome("each-job-once", closed && arrived.eachOnce())
	p.Outcome("most-jobs-at-once", inside.most())
	p.Outcome("goroutines-left", left(before))
}

func resultsBuffer(p *probe.Probe) {
	const workers, count = 4, 100
	type watched struct {
		name  string
		ended <-chan struct{}
	}
	var pools []watched
	for _, jobs := range []struct {
		name             string
		capacity, queued int
	}{
		{"queued-before", count, count},
		{"some-queued-before", count, 5},
		{"queued-later", count, 0},
		{"unbuffered-jobs", 0, 0},
	} {
		channel := make(chan int, jobs.capacity)
		for job := 0; job < jobs.queued; job++ {
			channel <- job
		}
		results := make(chan int, len(channel))
		p.Outcome("buffer-"+jobs.name, cap(results))
		ended := start(workers, channel, results, func(job int) int { return job })
		go feed(channel, jobs.queued, count)
		pools = append(pools, watched{jobs.name, ended})
	}
	time.Sleep(blocked)
	for _, pool := range pools {
		over := false
		select {
		case <-pool.ended:
			over = true
		default:
		}
		p.Outcome("workers-end-"+pool.name, over)
	}
}

func whoCloses(p *probe.Probe) {
	const workers, each = 10, 100
	// send starts workers that send results; what happens at their end is up to the caller.
	send := func(results chan<- int) *sync.WaitGroup {
		var senders sync.WaitGroup
		for i := 0; i < workers; i++ {
			senders.Add(1)
			go func(first int) {
				defer senders.Done()
				for n := first; n < first+each; n++ {
					results <- n
				}
			}(i * each)
		}
		return &senders
	}

	before := runtime.NumGoroutine()
	results := make(chan int)
	senders := send(results)
	go func() {
		senders.Wait()
		close(results)
	}()
	arrived := make(tally, workers*each)
	ended := probe.Returns(patience, func() { arrived.collect(results) })
	p.Outcome("range-ends", ended)
	p.Outcome("each-result-once", ended && arrived.eachOnce())
	p.Outcome("goroutines-left", left(before))

	unclosed := make(chan int)
	send(unclosed)
	p.Outcome("range-ends-without-close", probe.Returns(blocked, func() { make(tally, workers*each).collect(unclosed) }))
	p.Outcome("wait-before-receiving-returns", probe.Returns(blocked, send(make(chan int)).Wait))

	p.Outcome("close-before-wait", probe.RunChild(2*patience, nil, "--case=child-close-early").Fate())
	p.Outcome("receiver-closes", probe.RunChild(2*patience, nil, "--case=child-receiver-closes").Fate())
}

// closeEarly closes the results while workers still send.
func closeEarly() {
	results := make(chan int)
	for i := 0; i < 10; i++ {
		go func() {
			for {
				results <- 1
			}
		}()
	}
	<-results
	close(results)
	time.Sleep(patience)
}

// receiverCloses has the receiver close the channel of the one sender, when it has seen enough.
func receiverCloses() {
	results := make(chan int)
	go func() {
		for n := 0; ; n++ {
			results <- n
		}
	}()
	for result := range results {
		if result == 3 {
			close(results)
			break
		}
	}
	time.Sleep(patience)
}

func shutdown(p *probe.Probe) {
	const workers, count = 4, 20
	before := runtime.NumGoroutine()
	var mu sync.Mutex
	done := 0
	jobs := make(chan int, count)
	var alive sync.WaitGroup
	gate := make(chan struct{})
	for i := 0; i < workers; i++ {
		alive.Add(1)
		go func() {
			defer alive.Done()
			for range jobs {
				<-gate
				mu.Lock()
				done++
				mu.Unlock()
			}
		}()
	}
	for job := 0; job < count; job++ {
		jobs <- job
	}
	p.Outcome("workers-while-open", runtime.NumGoroutine()-before)
	close(jobs)
	close(gate)
	p.Outcome("workers-end", probe.Returns(patience, alive.Wait))
	mu.Lock()
	p.Outcome("queued-jobs-done", done)
	mu.Unlock()
	p.Outcome("workers-after-close", left(before))

	open := make(chan int)
	go func() {
		for range open {
		}
	}()
	time.Sleep(blocked)
	p.Outcome("worker-of-an-open-channel-stays", runtime.NumGoroutine() == before+1)
}

// race runs the cases in which goroutines share something in children of a race build, all at once.
func race(p *probe.Probe) {
	names := []string{"pool", "results-buffer", "close", "shutdown", "semaphore", "resize", "panic", "child-racy"}
	fates := make([]string, len(names))
	var running sync.WaitGroup
	for i := range names {
		running.Add(1)
		go func(i int) {
			defer running.Done()
			child := probe.RunChild(10*patience, []string{"GORACE=exitcode=66 atexit_sleep_ms=0"}, "--case="+names[i])
			fates[i] = child.Fate()
		}(i)
	}
	running.Wait()
	for i, name := range names {
		p.Outcome("race-in-"+name, fates[i])
	}
}

// racy is the control of race: the workers share a counter without a lock.
func racy() {
	done := 0
	jobs, results := make(chan int), make(chan int)
	start(4, jobs, results, func(job int) int {
		done++
		return job
	})
	go feed(jobs, 0, 1000)
	for range results {
	}
	probe.Keep(done)
}

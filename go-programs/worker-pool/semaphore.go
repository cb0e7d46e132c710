package main

import (
	"reflect"
	"sync"

	"harness/go-programs/probe"
)

// bounded starts a goroutine for each job, as many at once as slots has room for. It returns when
// the last one was started; running is done when all have ended.
func bounded(slots chan struct{}, jobs int, running *sync.WaitGroup, work func(job int)) {
	for job := 0; job < jobs; job++ {
		slots <- struct{}{}
		running.Add(1)
		go func(job int) {
			defer running.Done()
			defer func() { <-slots }()
			work(job)
		}(job)
	}
}

// mostAtOnce runs jobs under slots and returns how many ran together. goal is how many should.
func mostAtOnce(slots chan struct{}, jobs, goal int) int {
	inside := newGauge(goal)
	var running sync.WaitGroup
	bounded(slots, jobs, &running, func(int) { inside.visit() })
	running.Wait()
	return inside.most()
}

func semaphore(p *probe.Probe) {
	const capacity, jobs = 4, 50
	p.Outcome("most-with-four-slots", mostAtOnce(make(chan struct{}, capacity), jobs, capacity))
	p.Outcome("most-without-bound", mostAtOnce(make(chan struct{}, jobs), jobs, jobs))

	// The last jobs wait for the end of the loop that starts them.
	loopOver := make(chan struct{})
	ended := make(chan int, jobs)
	var running sync.WaitGroup
	bounded(make(chan struct{}, capacity), jobs, &running, func(job int) {
		if job >= jobs-capacity {
			<-loopOver
		}
		ended <- job
	})
	p.Outcome("jobs-done-when-the-loop-ends", len(ended))
	close(loopOver)
	running.Wait()
}

func resize(p *probe.Probe) {
	const capacity, jobs = 4, 40

	// A slot that the manager occupies is lost to the jobs, and comes back when it is given back.
	slots := make(chan struct{}, capacity)
	slots <- struct{}{}
	slots <- struct{}{}
	p.Outcome("most-with-two-of-four-occupied", mostAtOnce(slots, jobs, 2))
	<-slots
	<-slots
	p.Outcome("most-when-given-back", mostAtOnce(slots, jobs, capacity))

	p.Outcome("most-with-two-of-four-tokens-drained", drainedTokens(capacity, jobs))
	p.Outcome("most-after-receiving-two-from-slots", receivedFromSlots(capacity, jobs))
	p.Outcome("most-after-a-larger-channel", replaced(capacity, 2*capacity, jobs))

	p.Outcome("capacity-before", cap(slots))
	refused := probe.Panics(func() { reflect.ValueOf(&slots).Elem().SetCap(2 * capacity) })
	p.Outcome("reflection-can-resize", refused == "")
	p.Outcome("capacity-after", cap(slots))
}

// drainedTokens has the other convention: the channel holds the permits, taking one starts a job.
// Two of them are taken out for good.
func drainedTokens(capacity, jobs int) int {
	tokens := make(chan struct{}, capacity)
	for i := 0; i < capacity; i++ {
		tokens <- struct{}{}
	}
	<-tokens
	<-tokens
	inside := newGauge(capacity - 2)
	var running sync.WaitGroup
	for job := 0; job < jobs; job++ {
		<-tokens
		running.Add(1)
		go func() {
			defer running.Done()
			defer func() { tokens <- struct{}{} }()
			inside.visit()
		}()
	}
	running.Wait()
	return inside.most()
}

// receivedFromSlots takes two tokens out of a semaphore into which a job sends to start, while it is
// full. Two jobs find an empty channel when they end and are left behind.
func receivedFromSlots(capacity, jobs int) int {
	slots := make(chan struct{}, capacity)
	inside := newGauge(capacity + 2)
	started := make(chan struct{})
	go func() {
		var running sync.WaitGroup
		bounded(slots, jobs, &running, func(int) { inside.visit() })
		close(started)
	}()
	eventually(patience, func() bool { return inside.inside() == capacity })
	<-slots
	<-slots
	<-started
	return inside.most()
}

// replaced goes over to a larger channel between two jobs, while the old slots are all taken. Each
// job gives its slot back to the channel from which it has it.
func replaced(capacity, larger, jobs int) int {
	inside := newGauge(capacity + larger)
	slots := make(chan struct{}, capacity)
	var running sync.WaitGroup
	for job := 0; job < jobs; job++ {
		if job == capacity {
			slots = make(chan struct{}, larger)
		}
		mine := slots
		mine <- struct{}{}
		running.Add(1)
		go func() {
			defer running.Done()
			defer func() { <-mine }()
			inside.visit()
		}()
	}
	running.Wait()
	return inside.most()
}

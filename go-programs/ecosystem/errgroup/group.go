package main

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"harness/go-programs/probe"
)

var (
	errFirst  = errors.New("first")
	errSecond = errors.New("second")
)

// failing gives a group one member that fails, one that fails later, and one that works until it is
// cancelled, or gives up.
type failing struct {
	group *errgroup.Group
	ctx   context.Context
}

// outcome runs the members. cancelled says whether the working one saw the end of the context.
func (f failing) outcome() (err error, cancelled, allEnded bool) {
	var ended, saw int64
	failed := make(chan struct{})
	f.group.Go(func() error {
		defer atomic.AddInt64(&ended, 1)
		defer close(failed)
		return errFirst
	})
	f.group.Go(func() error {
		defer atomic.AddInt64(&ended, 1)
		<-failed
		// The group hears of the first error after its member has returned.
		time.Sleep(50 * time.Millisecond)
		return errSecond
	})
	f.group.Go(func() error {
		defer atomic.AddInt64(&ended, 1)
		select {
		case <-f.ctx.Done():
			atomic.AddInt64(&saw, 1)
		case <-time.After(blocked):
		}
		return nil
	})
	err = f.group.Wait()
	return err, atomic.LoadInt64(&saw) == 1, atomic.LoadInt64(&ended) == 3
}

func errs(p *probe.Probe) {
	report := func(prefix string, f failing) {
		err, cancelled, allEnded := f.outcome()
		p.Outcome(prefix+"-error", err.Error())
		p.Outcome(prefix+"-cancels-the-others", cancelled)
		p.Outcome(prefix+"-waits-for-all", allEnded)
	}
	group, ctx := errgroup.WithContext(context.Background())
	report("with-context", failing{group, ctx})
	// A zero Group has no context of its own, so its members watch another one.
	report("zero-group", failing{new(errgroup.Group), context.Background()})

	group, ctx = errgroup.WithContext(context.Background())
	group.Go(func() error { return nil })
	err := group.Wait()
	p.Outcome("no-error", err == nil)
	p.Outcome("context-ends-after-wait", ctx.Err() != nil)

	var wg sync.WaitGroup
	_, hasWait := reflect.TypeOf(&wg).MethodByName("Wait")
	wait := reflect.TypeOf(wg.Wait)
	p.Outcome("waitgroup-wait-returns-nothing", hasWait && wait.NumOut() == 0)
}

// parts looks into the type itself: what a group wraps is written in its fields.
func parts(p *probe.Probe) {
	has := func(want reflect.Type) bool {
		t := reflect.TypeOf(errgroup.Group{})
		for i := 0; i < t.NumField(); i++ {
			if t.Field(i).Type == want {
				return true
			}
		}
		return false
	}
	p.Outcome("has-a-waitgroup", has(reflect.TypeOf(sync.WaitGroup{})))
	p.Outcome("has-a-once", has(reflect.TypeOf(sync.Once{})))
	p.Outcome("has-an-error", has(reflect.TypeOf((*error)(nil)).Elem()))
	p.Outcome("has-a-cancel-function", has(reflect.TypeOf((func(error))(nil))))
}

func limit(p *probe.Probe) {
	for _, limits := range []struct {
		name                  string
		limit, jobs, expected int
	}{{"limit-2", 2, 10, 2}, {"limit-10", 10, 50, 10}, {"no-limit", -1, 10, 10}} {
		var group errgroup.Group
		group.SetLimit(limits.limit)
		most, ran := run(&group, limits.jobs, limits.expected)
		p.Outcome(limits.name+"-most-at-once", most)
		p.Outcome(limits.name+"-jobs-done", ran)
	}

	// With both places taken Go waits for one, and TryGo gives up.
	var group errgroup.Group
	group.SetLimit(2)
	release := make(chan struct{})
	for i := 0; i < 2; i++ {
		group.Go(func() error { <-release; return nil })
	}
	p.Outcome("try-go-starts-beyond-the-limit", group.TryGo(func() error { return nil }))
	started := make(chan struct{})
	go func() {
		group.Go(func() error { return nil })
		close(started)
	}()
	p.Outcome("go-returns-beyond-the-limit", probe.Returns(blocked, func() { <-started }))
	close(release)
	p.Outcome("go-returns-when-a-place-is-free", probe.Returns(patience, func() { <-started }))
	p.Outcome("group-ends", probe.Returns(patience, func() { _ = group.Wait() }))
}

// run gives jobs to a group and returns how many ran at the same time at most, and in all. The first
// ones wait until as many run as are expected, so that a slow machine can't hide that they may.
func run(group *errgroup.Group, jobs, expected int) (most, ran int64) {
	var mu sync.Mutex
	var running int64
	full := make(chan struct{})
	enter := func() {
		mu.Lock()
		defer mu.Unlock()
		ran++
		if running++; running > most {
			most = running
			if most == int64(expected) {
				close(full)
			}
		}
	}
	for i := 0; i < jobs; i++ {
		group.Go(func() error {
			enter()
			select {
			case <-full:
			case <-time.After(patience / 10):
			}
			// Whoever is too many gets the time to come.
			time.Sleep(2 * time.Millisecond)
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		})
	}
	_ = group.Wait()
	return most, ran
}

// loop hands the variable of a loop to closures, as the usual way to write it is.
func loop(p *probe.Probe) {
	urls := []string{"a", "b", "c", "d", "e"}
	fetched := make(chan string, len(urls))
	var group errgroup.Group
	started := 0
	for _, url := range urls {
		group.Go(func() error {
			fetched <- url
			return nil
		})
		// go vet looks for the capture in the last statement of a loop; here it is meant.
		started++
	}
	_ = group.Wait()
	close(fetched)
	seen := map[string]int{}
	for url := range fetched {
		seen[url]++
	}
	p.Outcome("closures-started", started)
	p.Outcome("every-url-once", len(seen) == len(urls))
}

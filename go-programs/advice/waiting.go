package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"harness/go-programs/probe"
)

const cleanedUp = "cleaned up"

func signals(p *probe.Probe) {
	for _, way := range []string{"select-forever", "notify-context"} {
		child := probe.RunChild(patience, nil, "--case=child-"+way)
		p.Outcome(way+"-ends", child.Fate())
		p.Outcome(way+"-cleans-up", strings.Contains(child.Stdout, cleanedUp))
	}
}

// terminate sends SIGTERM to this process.
func terminate() {
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		panic(err)
	}
}

func selectForever() {
	defer fmt.Println(cleanedUp)
	// The second goroutine stays, so that the runtime sees no deadlock.
	go func() {
		terminate()
		time.Sleep(2 * patience)
	}()
	select {}
}

func notifyContext() {
	defer fmt.Println(cleanedUp)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		terminate()
		time.Sleep(2 * patience)
	}()
	<-ctx.Done()
}

// lockIO has goroutines wait 2 ms five times each, as for a disk, and count under a lock.
func lockIO(p *probe.Probe) {
	const goroutines, times, pause = 8, 5, 2 * time.Millisecond
	took := func(under bool) time.Duration {
		var mu sync.Mutex
		count := 0
		var running sync.WaitGroup
		start := time.Now()
		for i := 0; i < goroutines; i++ {
			running.Add(1)
			go func() {
				defer running.Done()
				for n := 0; n < times; n++ {
					if !under {
						time.Sleep(pause)
					}
					mu.Lock()
					if under {
						time.Sleep(pause)
					}
					count++
					mu.Unlock()
				}
			}()
		}
		running.Wait()
		probe.Keep(count)
		return time.Since(start)
	}
	p.Outcome("waiting-outside-the-lock-is-twice-as-fast", took(true) >= 2*took(false))
}

// retry has an initialisation that fails twice, under a Once and under a mutex with a flag.
func retry(p *probe.Probe) {
	const callers = 5
	failing := func() func() error {
		attempts := 0
		return func() error {
			attempts++
			if attempts < 3 {
				return errors.New("not yet")
			}
			return nil
		}
	}
	var once sync.Once
	var kept error
	load := failing()
	for i := 0; i < callers; i++ {
		once.Do(func() { kept = load() })
	}
	p.Outcome("once-gets-ready", kept == nil)
	p.Outcome("once-error-reaches-later-callers", kept != nil && kept.Error() == "not yet")

	var mu sync.Mutex
	ready, attempts := false, 0
	load = failing()
	for i := 0; i < callers; i++ {
		mu.Lock()
		if !ready {
			attempts++
			ready = load() == nil
		}
		mu.Unlock()
	}
	p.Outcome("mutex-flag-gets-ready", ready)
	p.Outcome("mutex-flag-attempts", attempts)
}

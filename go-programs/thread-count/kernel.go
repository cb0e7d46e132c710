package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"harness/go-programs/probe"
)

const (
	parkedGoroutines = 20000
	kernelGoroutines = 100
	// few is what the runtime needs for itself and two processors, with room to spare.
	few = 16
)

func parked(p *probe.Probe) {
	release := make(chan struct{})
	var ready, done sync.WaitGroup
	ready.Add(parkedGoroutines)
	done.Add(parkedGoroutines)
	for i := 0; i < parkedGoroutines; i++ {
		go func() {
			ready.Done()
			<-release
			done.Done()
		}()
	}
	ready.Wait()
	time.Sleep(20 * time.Millisecond)
	p.Outcome("goroutines-alive", runtime.NumGoroutine() > parkedGoroutines)
	p.Outcome("few-threads", threads() <= few)
	close(release)
	done.Wait()
}

// sleepInKernel blocks the thread: the runtime knows nothing of it but that a system call has begun.
func sleepInKernel(span time.Duration) {
	left := syscall.NsecToTimespec(int64(span))
	for {
		rest := syscall.Timespec{}
		err := syscall.Nanosleep(&left, &rest)
		if err == nil {
			return
		}
		if err != syscall.EINTR {
			fatal("sleep", err)
		}
		left = rest
	}
}

func startSleepers(n int, span time.Duration) *sync.WaitGroup {
	done := new(sync.WaitGroup)
	done.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			sleepInKernel(span)
			done.Done()
		}()
	}
	return done
}

func inKernel(p *probe.Probe) {
	done := startSleepers(kernelGoroutines, 400*time.Millisecond)
	time.Sleep(200 * time.Millisecond)
	p.Outcome("processors", runtime.GOMAXPROCS(0))
	p.Outcome("thread-for-each", threads() > kernelGoroutines)
	done.Wait()
}

func threadLimit(p *probe.Probe) {
	p.Outcome("default-limit", debug.SetMaxThreads(10000))
	child := probe.RunChild(10*time.Second, []string{"GOMAXPROCS=2"}, "--case=above-limit")
	p.Outcome("above-limit", child.Fate())
	p.Outcome("names-limit", strings.Contains(child.Stderr, "50-thread limit"))
}

func aboveLimit() {
	debug.SetMaxThreads(50)
	startSleepers(kernelGoroutines, 5*time.Second).Wait()
}

// blockedProcessor says whether a goroutine works while another one is in the kernel, with one
// processor for both.
func blockedProcessor(p *probe.Probe) {
	var count, atStart, atEnd int64
	done := make(chan struct{})
	go func() {
		atStart = atomic.LoadInt64(&count)
		sleepInKernel(200 * time.Millisecond)
		atEnd = atomic.LoadInt64(&count)
		close(done)
	}()
	for {
		select {
		case <-done:
			p.Outcome("works-meanwhile", atEnd-atStart > 1000)
			return
		default:
			atomic.AddInt64(&count, 1)
		}
	}
}

// cachedReads counts the reads during which another goroutine ran, with one processor for both:
// that needs the processor to be handed over.
func cachedReads(p *probe.Probe) {
	const reads, size = 20000, 4096
	file, err := os.CreateTemp("", "thread-count")
	if err != nil {
		fatal("make a file", err)
	}
	defer file.Close()
	if err := os.Remove(file.Name()); err != nil {
		fatal("remove the file's name", err)
	}
	buffer := make([]byte, size)
	if _, err := file.Write(buffer); err != nil {
		fatal("write the file", err)
	}
	var ran int64
	var stop int32
	stopped := make(chan struct{})
	go func() {
		for atomic.LoadInt32(&stop) == 0 {
			atomic.AddInt64(&ran, 1)
			runtime.Gosched()
		}
		close(stopped)
	}()
	runtime.Gosched()
	handedOver := 0
	for i := 0; i < reads; i++ {
		before := atomic.LoadInt64(&ran)
		if _, err := file.ReadAt(buffer, 0); err != nil {
			fatal("read the file", err)
		}
		if atomic.LoadInt64(&ran) != before {
			handedOver++
		}
	}
	atomic.StoreInt32(&stop, 1)
	<-stopped
	share := float64(handedOver) / reads
	p.Value("handed-over", probe.One, share)
	p.Outcome("nearly-all-handed-over", share >= 0.95)
	p.Outcome("few-handed-over", share < 0.1)
}

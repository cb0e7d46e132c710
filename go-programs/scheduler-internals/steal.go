package main

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// network is the number under which the goroutine runs that waits for a pipe.
const network = 1000

// firstElsewhere keeps the other processor busy while this one starts n goroutines, lets the other
// one go and returns which goroutine it runs first. This processor stays busy throughout.
// A thief runs the last goroutine of what it has taken first, so the number tells the size of the loot.
func firstElsewhere(n int) int {
	return firstOf(n, func() {}, new(int64))
}

// firstOf is firstElsewhere, with something to do just before the other processor may look. The
// first goroutine leaves its number plus one in first.
func firstOf(n int, wake func(), first *int64) int {
	*first = 0
	var busy, release int64
	var wg sync.WaitGroup
	wg.Add(n + 1)
	go func() {
		atomic.StoreInt64(&busy, 1)
		for atomic.LoadInt64(&release) == 0 {
		}
		wg.Done()
	}()
	for atomic.LoadInt64(&busy) == 0 {
	}
	for i := 0; i < n; i++ {
		go func(i int) {
			atomic.CompareAndSwapInt64(first, 0, int64(i)+1)
			wg.Done()
		}(i)
	}
	wake()
	atomic.StoreInt64(&release, 1)
	for atomic.LoadInt64(first) == 0 {
	}
	wg.Wait()
	return int(*first) - 1
}

// globalOrStolen has 129 goroutines in the global queue and 128 in the busy processor's own, and
// says where the other processor found its first one. The global queue begins with the oldest.
func globalOrStolen() string {
	return where(usual(func() int { return firstElsewhere(258) }), 0, "global queue")
}

// networkOrStolen has a goroutine that a pipe has made ready, and 100 to be stolen.
func networkOrStolen() string {
	return where(usual(func() int {
		read, write, err := os.Pipe()
		if err != nil {
			fatal("pipe", err)
		}
		defer read.Close()
		defer write.Close()
		fd := write.Fd()
		var first int64
		var done sync.WaitGroup
		done.Add(1)
		go func() {
			if _, err := read.Read(make([]byte, 1)); err != nil {
				fatal("read from a pipe", err)
			}
			atomic.CompareAndSwapInt64(&first, 0, network+1)
			done.Done()
		}()
		time.Sleep(2 * time.Millisecond)
		got := firstOf(101, func() {
			// A raw call keeps the processor.
			_, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, oneByte, 1)
			if errno != 0 {
				fatal("write to a pipe", errno)
			}
		}, &first)
		done.Wait()
		return got
	}), network, "network")
}

func where(first, expected int, name string) string {
	if first == expected {
		return name
	}
	return fmt.Sprintf("stolen (number %d)", first)
}

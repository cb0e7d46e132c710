package main

import (
	"fmt"
	"math/bits"
	"runtime/debug"
	"syscall"
	"unsafe"
)

// cpuSet is the kernel's cpu_set_t of 1024 CPUs.
type cpuSet [16]uint64

// firstCPU returns the lowest CPU that the process may use.
func firstCPU() int {
	var set cpuSet
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set)))
	if errno != 0 {
		fatal("sched_getaffinity", errno)
	}
	for i, word := range set {
		if word != 0 {
			return i*64 + bits.TrailingZeros64(word)
		}
	}
	fatal("sched_getaffinity", fmt.Errorf("the process may use no CPU"))
	return 0
}

// pin ties the calling thread, which the goroutine must have locked and never gives back, to cpu.
func pin(cpu int) {
	var set cpuSet
	set[cpu/64] = 1 << (cpu % 64)
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set)))
	if errno != 0 {
		fatal("sched_setaffinity", errno)
	}
}

// withoutScheduler prepares for threads that wait in raw system calls. The collector would wait for
// them for ever while it stops the world, so it is switched off: nothing here allocates much.
func withoutScheduler() { debug.SetGCPercent(-1) }

// pipe is a pair of file descriptors that block.
type pipe struct{ read, write int }

func newPipe() pipe {
	var fds [2]int
	if err := syscall.Pipe2(fds[:], syscall.O_CLOEXEC); err != nil {
		fatal("pipe", err)
	}
	return pipe{fds[0], fds[1]}
}

func (p pipe) close() {
	for _, fd := range []int{p.read, p.write} {
		if err := syscall.Close(fd); err != nil {
			fatal("close a pipe", err)
		}
	}
}

func writeByte(fd int) { transferByte(syscall.SYS_WRITE, "write to a pipe", fd) }

func readByte(fd int) { transferByte(syscall.SYS_READ, "read from a pipe", fd) }

func transferByte(call uintptr, doing string, fd int) {
	var b [1]byte
	for {
		n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), 1)
		switch {
		case errno == syscall.EINTR:
			// The runtime preempts with signals.
		case errno != 0:
			fatal(doing, errno)
		case n != 1:
			fatal(doing, fmt.Errorf("the other end is closed"))
		default:
			return
		}
	}
}

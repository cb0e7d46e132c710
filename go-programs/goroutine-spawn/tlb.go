package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"harness/go-programs/probe"
)

const (
	pageSize = 4096
	lineSize = 64
	// More than the 33 pages up to which Linux on x86-64 drops single entries of the TLB, not all.
	flushPages = 64
	// A sample adds up so many rounds, so that a run leaves hundreds of them and not thousands.
	roundsPerSample = 10
	// madvNoHugePage is MADV_NOHUGEPAGE: a huge page would be one entry of the TLB.
	madvNoHugePage = 15
)

// tlb reads pages and times it: at once, after another thread had the CPU, after another process
// had it, and after the kernel flushed the TLB. All in one process, in turn, so that the pages lie
// in the same frames.
func tlb(p *probe.Probe, pages, rounds int) {
	if rounds%roundsPerSample != 0 {
		fatal("tlb", fmt.Errorf("%d switches are no multiple of %d", rounds, roundsPerSample))
	}
	withoutScheduler()
	runtime.LockOSThread()
	cpu := firstCPU()
	pin(cpu)

	memory := mapPages(pages)
	order := pageCycle(p.Rand(), pages)
	for i, next := range order {
		*word(memory, i) = uint64(next)
	}
	thread, stopThread := threadPeer(cpu, rounds)
	process, stopProcess := processPeer()
	flush := mapPages(flushPages)

	disturb := []struct {
		metric string
		before func()
	}{
		{"touch-undisturbed", func() {}},
		{"touch-after-thread", thread.handOver},
		{"touch-after-process", process.handOver},
		{"touch-after-flush", func() { flushTLB(flush) }},
	}
	took := make([][]int64, len(disturb))
	for i := range took {
		took[i] = make([]int64, rounds/roundsPerSample)
	}
	var sum uint64
	for round := 0; round < rounds; round++ {
		for i, d := range disturb {
			d.before()
			begin := probe.Now()
			sum += chase(memory, pages)
			took[i][round/roundsPerSample] += probe.Now() - begin
		}
	}
	stopThread()
	stopProcess()
	for i, d := range disturb {
		for _, ns := range took[i] {
			p.Sample(d.metric, probe.Nanoseconds, probe.Measure, uint64(pages*roundsPerSample), float64(ns))
		}
	}
	p.Check(strconv.FormatUint(sum, 10))
}

// peer answers a byte with a byte.
type peer struct{ to, from int }

func (p peer) handOver() {
	writeByte(p.to)
	readByte(p.from)
}

func threadPeer(cpu, rounds int) (peer, func()) {
	there, back := newPipe(), newPipe()
	ended := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		pin(cpu)
		echoTurns(uint64(rounds), there.read, back.write)
		close(ended)
	}()
	return peer{there.write, back.read}, func() {
		<-ended
		there.close()
		back.close()
	}
}

// processPeer starts cat, which inherits the CPU of the calling thread.
func processPeer() (peer, func()) {
	there, back := newPipe(), newPipe()
	theirs := []*os.File{os.NewFile(uintptr(there.read), "there"), os.NewFile(uintptr(back.write), "back")}
	cat := exec.Command("cat")
	cat.Stdin, cat.Stdout, cat.Stderr = theirs[0], theirs[1], os.Stderr
	if err := cat.Start(); err != nil {
		fatal("start cat", err)
	}
	for _, f := range theirs {
		if err := f.Close(); err != nil {
			fatal("close a pipe", err)
		}
	}
	return peer{there.write, back.read}, func() {
		if err := syscall.Close(there.write); err != nil {
			fatal("close a pipe", err)
		}
		if err := cat.Wait(); err != nil {
			fatal("cat", err)
		}
	}
}

// flushTLB takes write access to dirty pages away, upon which the kernel must drop their entries,
// and gives it back.
func flushTLB(memory []byte) {
	for i := 0; i < len(memory); i += pageSize {
		memory[i]++
	}
	if err := syscall.Mprotect(memory, syscall.PROT_READ); err != nil {
		fatal("mprotect", err)
	}
	if err := syscall.Mprotect(memory, syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		fatal("mprotect", err)
	}
}

func mapPages(n int) []byte {
	memory, err := syscall.Mmap(-1, 0, n*pageSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		fatal("mmap", err)
	}
	if err := syscall.Madvise(memory, madvNoHugePage); err != nil {
		fatal("madvise", err)
	}
	for i := 0; i < len(memory); i += pageSize {
		memory[i] = 1
	}
	return memory
}

// word is the number that page i holds. It moves on by a cache line from page to page: at the same
// place in each, all of them would share a few sets of the cache.
func word(memory []byte, page int) *uint64 {
	offset := page*pageSize + page*lineSize%pageSize
	return (*uint64)(unsafe.Pointer(&memory[offset : offset+8][0]))
}

// pageCycle returns a random cycle through all pages (Sattolo's algorithm): element i is the page
// after page i.
func pageCycle(rng *probe.Rand, n int) []int {
	next := make([]int, n)
	for i := range next {
		next[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := int(rng.Below(uint64(i)))
		next[i], next[j] = next[j], next[i]
	}
	return next
}

// chase follows the cycle once round, each read waiting for the one before, and adds up the pages.
func chase(memory []byte, pages int) uint64 {
	var page, sum uint64
	for i := 0; i < pages; i++ {
		page = *word(memory, int(page))
		sum += page
	}
	return sum
}

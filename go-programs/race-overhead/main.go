// Race-overhead does small pieces of everyday work, to be built with and without the race detector.
package main

import (
	"sort"
	"strconv"
	"sync"
	"time"

	"harness/go-programs/probe"
)

// Batches of every case: the first ones warm up.
const (
	warmup  = 2
	samples = 15
)

func main() {
	p := probe.New("race-overhead")
	liveMiB := p.Int("live-mib", 32, "live heap in MiB")
	live := p.Int("goroutines", 2000, "goroutines that live at the same time")
	p.Case("arrays", "running sums over a slice", func() { arrays(p) })
	p.Case("sort", "sort random numbers", func() { sorting(p) })
	p.Case("maps", "count random keys in a map", func() { maps(p) })
	p.Case("objects", "build and walk a binary tree", func() { objects(p) })
	p.Case("messages", "send numbers to another goroutine, over a channel and under a mutex", func() { messages(p) })
	p.Case("heap", "keep objects alive", func() { heap(p, *liveMiB) })
	p.Case("stacks", "keep goroutines alive", func() { stacks(p, *live) })
	p.Main()
}

func arrays(p *probe.Probe) {
	a := make([]uint64, 4096)
	for i := range a {
		a[i] = uint64(i)
	}
	const rounds = 100
	p.Batches("work", rounds*4096, warmup, samples, func(uint64) {
		for r := 0; r < rounds; r++ {
			for i := 1; i < len(a); i++ {
				a[i] += a[i-1]
			}
		}
	})
	p.Check(strconv.FormatUint(a[len(a)-1], 10))
}

func sorting(p *probe.Probe) {
	const n = 5000
	rng := p.Rand()
	input, work := make([]uint64, n), make([]uint64, n)
	for i := range input {
		input[i] = rng.Uint64()
	}
	p.Batches("work", n, warmup, samples, func(uint64) {
		copy(work, input)
		sort.Slice(work, func(i, j int) bool { return work[i] < work[j] })
	})
	p.Check(strconv.FormatUint(work[0]+work[n/2], 10))
}

func maps(p *probe.Probe) {
	const n = 10000
	rng := p.Rand()
	keys := make([]uint64, n)
	for i := range keys {
		keys[i] = rng.Uint64() % 4000
	}
	counts := map[uint64]uint64{}
	p.Batches("work", n, warmup, samples, func(uint64) {
		for _, key := range keys {
			counts[key]++
		}
	})
	p.Check(strconv.FormatUint(counts[keys[0]], 10) + " of " + strconv.Itoa(len(counts)))
}

type node struct {
	left, right *node
	value       uint64
}

func tree(depth int) *node {
	if depth == 0 {
		return nil
	}
	return &node{tree(depth - 1), tree(depth - 1), uint64(depth)}
}

func (n *node) sum() uint64 {
	if n == nil {
		return 0
	}
	return n.value + n.left.sum() + n.right.sum()
}

func objects(p *probe.Probe) {
	const depth = 13
	sum := uint64(0)
	p.Batches("work", 1<<depth-1, warmup, samples, func(uint64) { sum += tree(depth).sum() })
	p.Check(strconv.FormatUint(sum, 10))
}

func messages(p *probe.Probe) {
	const n = 5000
	var mu sync.Mutex
	sum := uint64(0)
	p.Batches("work", n, warmup, samples, func(uint64) {
		numbers := make(chan uint64, 16)
		go func() {
			for i := uint64(0); i < n; i++ {
				numbers <- i
			}
			close(numbers)
		}()
		for i := range numbers {
			mu.Lock()
			sum += i
			mu.Unlock()
		}
	})
	p.Check(strconv.FormatUint(sum, 10))
}

// record is an object of 64 bytes.
type record struct {
	next   *record
	fields [7]uint64
}

func heap(p *probe.Probe, mib int) {
	n := mib << 20 / 64
	var first *record
	for i := 0; i < n; i++ {
		first = &record{next: first, fields: [7]uint64{uint64(i), 1, 2, 3, 4, 5, 6}}
	}
	sum := uint64(0)
	for r := first; r != nil; r = r.next {
		sum += r.fields[0]
	}
	p.Check(strconv.FormatUint(sum, 10))
}

func stacks(p *probe.Probe, n int) {
	var ready, done sync.WaitGroup
	leave := make(chan struct{})
	for i := 0; i < n; i++ {
		ready.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			ready.Done()
			<-leave
		}()
	}
	ready.Wait()
	time.Sleep(10 * time.Millisecond)
	close(leave)
	done.Wait()
	p.Check(strconv.Itoa(n))
}

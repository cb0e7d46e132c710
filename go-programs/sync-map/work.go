package main

import (
	"fmt"
	"math"
	"sync"

	"harness/go-programs/probe"
)

const (
	// planOps is how many operations are planned for all workers together, rounds how often each does its part in a
	// batch: a batch must be long against the time until all processors are at work.
	planOps = 1 << 16
	rounds  = 3
	warmup  = 1
	batches = 5
)

// job is what the operations are.
type job struct {
	// writes is how many of 100 operations write.
	writes int
	// disjoint gives each worker keys of its own.
	disjoint bool
	// churn makes half of the writes deletes.
	churn bool
}

type kind uint8

const (
	load kind = iota
	put
	remove
)

type operation struct {
	key  uint32
	kind kind
}

// work is the operations of each worker.
type work struct {
	keys    int
	workers [][]operation
	churn   bool
}

func plan(seed uint64, s settings, j job) work {
	w := work{keys: *s.keys, workers: make([][]operation, *s.workers), churn: j.churn}
	rng := probe.NewRand(seed)
	each := planOps / *s.workers
	for g := range w.workers {
		first, count := 0, *s.keys
		if j.disjoint {
			count /= *s.workers
			first = g * count
		}
		operations := make([]operation, each)
		for i := range operations {
			operations[i].key = uint32(first + int(rng.Below(uint64(count))))
			writes := rng.Below(100) < uint64(j.writes)
			deletes := rng.Below(2) == 1
			switch {
			case writes && deletes && j.churn:
				operations[i].kind = remove
			case writes:
				operations[i].kind = put
			}
		}
		w.workers[g] = operations
	}
	return w
}

// valueOf is the value that a key always has, whoever writes it: so what is read does not depend on who was first.
func valueOf(key int) int { return key*7 + 1000 }

// result is what the workers found.
type result struct{ sum, wrong int }

func (r *result) add(other result) {
	r.sum += other.sum
	r.wrong += other.wrong
}

// do does one worker's operations.
func do(s store, operations []operation) (r result) {
	for _, op := range operations {
		key := int(op.key)
		switch op.kind {
		case load:
			if value, ok := s.load(key); ok {
				r.sum += value
				if value != valueOf(key) {
					r.wrong++
				}
			}
		case put:
			s.put(key, valueOf(key))
		case remove:
			s.remove(key)
		}
	}
	return r
}

// batch lets all workers go at once and returns the time until the last one is done.
func batch(s store, w work) (took int64, total result) {
	results := make([]result, len(w.workers))
	start := make(chan struct{})
	var ready, done sync.WaitGroup
	ready.Add(len(w.workers))
	done.Add(len(w.workers))
	for g := range w.workers {
		go func(g int) {
			ready.Done()
			<-start
			for round := 0; round < rounds; round++ {
				results[g].add(do(s, w.workers[g]))
			}
			done.Done()
		}(g)
	}
	ready.Wait()
	begin := probe.Now()
	close(start)
	done.Wait()
	took = probe.Now() - begin
	for _, r := range results {
		total.add(r)
	}
	return took, total
}

// run times the maps in turn, batch by batch, so that what disturbs one disturbs its neighbours too. A batch that did not have
// the processors for itself is recorded as warm-up, which nothing is judged by.
func run(p *probe.Probe, w work) {
	names := []string{"concurrent-map", "rwlock-map", "mutex-map"}
	stores := []store{
		&syncMap{}, &rwMutexMap{m: make(map[int]int)}, &mutexMap{m: make(map[int]int)},
	}
	for _, s := range stores {
		for key := 0; key < w.keys; key++ {
			s.put(key, valueOf(key))
		}
	}
	ops := uint64(rounds * len(w.workers) * len(w.workers[0]))
	g := newGauge(len(w.workers))
	before := g.processors()
	low := before
	measured := make([]bool, len(stores))
	var total result
	for i := 0; i < warmup+batches; i++ {
		for s := range stores {
			took, r := batch(stores[s], w)
			total.add(r)
			after := g.processors()
			phase := probe.Measure
			if i < warmup || !g.passes(before) || !g.passes(after) {
				phase = probe.Warmup
			}
			measured[s] = measured[s] || phase == probe.Measure
			p.Sample(names[s], probe.Nanoseconds, phase, ops, float64(took))
			low = math.Min(low, after)
			before = after
		}
	}
	for s, ok := range measured {
		if !ok {
			p.Absent(names[s], probe.Nanoseconds, "no batch had its processors: the machine is busy")
		}
	}
	p.Value("processors", probe.One, low)
	if w.churn {
		// Whether a key is there when it is read depends on who was first.
		total.sum = 0
	}
	p.Check(fmt.Sprintf("operations %d, sum %d, wrong %d", ops, total.sum, total.wrong))
}

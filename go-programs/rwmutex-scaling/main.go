// Rwmutex-scaling measures the same critical sections under a Mutex and under a RWMutex, by the length
// of the section and the share of reads.
package main

import (
	"strconv"
	"sync"

	"harness/go-programs/probe"
)

// Batches of each lock: the first ones warm up.
const (
	warmup  = 2
	samples = 9
)

func main() {
	p := probe.New("rwmutex-scaling")
	goroutines := p.Int("goroutines", 4, "goroutines that want the lock")
	section := p.Int("section-ns", 1000, "length of the critical section in ns, without the lock")
	reads := p.Int("reads", 90, "reads in a hundred operations")
	p.Case("sections", "goroutines read and write under both locks in turn", func() {
		sections(p, *goroutines, *section, *reads)
	})
	p.Main()
}

// guarded is what the locks protect. The locks have cache lines of their own.
type guarded struct {
	_     [128]byte
	mu    sync.Mutex
	_     [128]byte
	rw    sync.RWMutex
	_     [128]byte
	value uint64
	_     [128]byte
}

// work is a chain of steps, none of which can begin before the last has ended.
func work(x uint64, steps int) uint64 {
	for i := 0; i < steps; i++ {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}

// stepsFor returns how many steps of work take ns nanoseconds on an undisturbed processor.
func stepsFor(ns int) int {
	const steps, rounds = 10000, 20
	best := int64(1 << 62)
	for i := 0; i < rounds; i++ {
		start := probe.Now()
		probe.Keep(work(probe.Opaque(uint64(i)), steps))
		if took := probe.Now() - start; took < best {
			best = took
		}
	}
	return int(int64(ns) * steps / best)
}

// isWrite spreads the writes among a hundred operations, differently for each goroutine.
func isWrite(i, which, reads int) bool { return (i*37+which*11)%100 >= reads }

func sections(p *probe.Probe, goroutines, section, reads int) {
	steps := stepsFor(section)
	// About 1 ms, equal on both sides; a multiple of 100 operations for each goroutine has the exact share of writes.
	each := 100 * (1 + 10000/(section+50)/goroutines)
	ops := uint64(goroutines * each)
	g := new(guarded)
	// The chain goes on from one section to the next, or a processor would begin the next one early.
	mutex := newTeam(goroutines, func(which int) {
		x := uint64(which)
		for i := 0; i < each; i++ {
			g.mu.Lock()
			x = work(g.value+x, steps)
			if isWrite(i, which, reads) {
				g.value++
			}
			g.mu.Unlock()
		}
		probe.Keep(x)
	})
	rwmutex := newTeam(goroutines, func(which int) {
		x := uint64(which)
		for i := 0; i < each; i++ {
			if isWrite(i, which, reads) {
				g.rw.Lock()
				x = work(g.value+x, steps)
				g.value++
				g.rw.Unlock()
			} else {
				g.rw.RLock()
				x = work(g.value+x, steps)
				g.rw.RUnlock()
			}
		}
		probe.Keep(x)
	})
	locks := []*contest{{"mutex", mutex, 0}, {"rwmutex", rwmutex, 0}}
	if reads == 100 {
		locks = append(locks, &contest{"rwmutex-apart", readersApart(goroutines, each, steps), 0})
	}
	batches := 0
	for i := 0; i < warmup+probe.ContentionAttempts*samples && !enough(locks); i++ {
		for _, lock := range locks {
			ns, sound := probe.Contend(goroutines, lock.team.run)
			batches++
			phase := probe.Warmup
			if i >= warmup && sound {
				phase = probe.Measure
				lock.counts++
			}
			p.Sample(lock.metric, probe.Nanoseconds, phase, ops, ns)
		}
	}
	writes := batches * goroutines * each * (100 - reads) / 100
	if g.value == uint64(writes) {
		p.Check("complete")
	} else {
		p.Check(strconv.FormatUint(g.value, 10) + " instead of " + strconv.Itoa(writes))
	}
}

// contest is a lock, those who want it, and how many of their batches count so far.
type contest struct {
	metric string
	team   *team
	counts int
}

func enough(locks []*contest) bool {
	for _, lock := range locks {
		if lock.counts < samples {
			return false
		}
	}
	return true
}

// readersApart make the same calls, each on a RWMutex of its own: what is then missing is that they
// share the count of readers.
func readersApart(goroutines, each, steps int) *team {
	own := make([]guarded, goroutines)
	return newTeam(goroutines, func(which int) {
		g := &own[which]
		x := uint64(which)
		for i := 0; i < each; i++ {
			g.rw.RLock()
			x = work(g.value+x, steps)
			g.rw.RUnlock()
		}
		probe.Keep(x)
	})
}

// team is goroutines that do their work whenever they are told.
type team struct {
	starts []chan *probe.Gate
	done   sync.WaitGroup
}

func newTeam(n int, work func(which int)) *team {
	t := &team{}
	for which := 0; which < n; which++ {
		start := make(chan *probe.Gate, 1)
		t.starts = append(t.starts, start)
		go func(which int) {
			for gate := range start {
				gate.Enter()
				work(which)
				t.done.Done()
			}
		}(which)
	}
	return t
}

// run has all of them work once, and waits for them.
func (t *team) run(gate *probe.Gate) {
	t.done.Add(len(t.starts))
	for _, start := range t.starts {
		start <- gate
	}
	t.done.Wait()
}

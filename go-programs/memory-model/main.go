// Memory-model shows what atomics order, and what a data race may and may not do.
package main

import (
	"strings"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

const (
	// rounds of a litmus test; duration ends it on a machine that is too busy for them.
	rounds   = 100000
	duration = time.Second
	plenty   = 20 * time.Second
)

func main() {
	p := probe.New("memory-model")
	p.Case("store-buffer", "each of two goroutines writes its variable and reads the other's", func() {
		p.Outcome("both-old-with-atomics", bothOld(atomicSide))
		// A busy machine may never run both sides at the same time in one test.
		found := false
		for try := 0; !found && try < 5; try++ {
			found = bothOld(plainSide)
		}
		p.Outcome("both-old-with-plain-variables", found)
	})
	p.Case("message", "plain data behind an atomic flag", func() {
		p.Outcome("stale-data-behind-atomic-flag", staleMessages())
	})
	p.Case("reports", "in a race build: does it see the flag order the data", func() {
		p.Outcome("race-reported-with-atomic-flag", reported("message"))
		p.Outcome("race-reported-with-plain-flag", reported("message-plain-flag"))
	})
	p.Case("message-plain-flag", "child: the same with a plain flag", func() { plainFlag() })
	p.Case("races", "what racing readers see of a word and of an interface", func() {
		p.Outcome("word-nobody-wrote", wordNobodyWrote())
		p.Outcome("interface-nobody-wrote", interfaceNobodyWrote())
		p.Outcome("crashes", strings.Contains(probe.RunChild(plenty, nil, "--case=torn-calls").Stderr, "SIGSEGV"))
		p.Outcome("crashes-without-the-race", strings.Contains(probe.RunChild(plenty, nil, "--case=whole-calls").Stderr, "SIGSEGV"))
	})
	p.Case("torn-calls", "child: call a method of an interface that is written meanwhile", func() { calls(true) })
	p.Case("whole-calls", "child: the same when nobody writes meanwhile", func() { calls(false) })
	p.Main()
}

func reported(child string) bool {
	return strings.Contains(probe.RunChild(plenty, nil, "--case="+child).Stderr, "WARNING: DATA RACE")
}

// variable has a cache line of its own.
type variable struct {
	value uint32
	_     [124]byte
}

// litmus is the state of a store-buffer test. In round r each side writes r to its variable and reads
// the other's: whoever reads less than r read before the other's write became visible.
type litmus struct {
	ready [2]variable
	vars  [2]variable
	seen  [2][rounds + 1]uint32
	stop  uint32
}

// bothOld reports whether there was a round in which neither side saw the other's write: no order of
// the four steps, one after the other, can give that.
func bothOld(side func(l *litmus, me int)) bool {
	l := new(litmus)
	timer := time.AfterFunc(duration, func() { atomic.StoreUint32(&l.stop, 1) })
	defer timer.Stop()
	done := make(chan struct{})
	go func() {
		side(l, 1)
		close(done)
	}()
	side(l, 0)
	<-done
	for r := uint32(1); r <= rounds; r++ {
		// A round that was cut off has seen nothing; 0 stands for that, r counts from 1.
		a, b := l.seen[0][r], l.seen[1][r]
		if a != 0 && b != 0 && a-1 < r && b-1 < r {
			return true
		}
	}
	return false
}

// meet waits until both sides are in round r; false when the test is over.
func (l *litmus) meet(me int, r uint32) bool {
	atomic.StoreUint32(&l.ready[me].value, r)
	for atomic.LoadUint32(&l.ready[1-me].value) < r {
		if atomic.LoadUint32(&l.stop) != 0 {
			return false
		}
	}
	return true
}

func atomicSide(l *litmus, me int) {
	mine, other := &l.vars[me].value, &l.vars[1-me].value
	for r := uint32(1); r <= rounds && l.meet(me, r); r++ {
		atomic.StoreUint32(mine, r)
		l.seen[me][r] = atomic.LoadUint32(other) + 1
	}
}

func plainSide(l *litmus, me int) {
	mine, other := &l.vars[me].value, &l.vars[1-me].value
	for r := uint32(1); r <= rounds && l.meet(me, r); r++ {
		*mine = r
		l.seen[me][r] = *other + 1
	}
}

// staleMessages has one side write plain data and set an atomic flag, and the other side read the
// data when it sees the flag. It counts data older than the flag.
func staleMessages() int {
	const messages = 20000
	var data, flag, taken, stop uint32
	timer := time.AfterFunc(duration, func() { atomic.StoreUint32(&stop, 1) })
	defer timer.Stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := uint32(1); n <= messages; n++ {
			for atomic.LoadUint32(&taken) != n-1 {
				if atomic.LoadUint32(&stop) != 0 {
					return
				}
			}
			data = n
			atomic.StoreUint32(&flag, n)
		}
	}()
	stale := 0
	for n := uint32(1); n <= messages && atomic.LoadUint32(&stop) == 0; {
		if atomic.LoadUint32(&flag) != n {
			continue
		}
		if data != n {
			stale++
		}
		atomic.StoreUint32(&taken, n)
		n++
	}
	<-done
	return stale
}

func plainFlag() {
	var data, flag int
	done := make(chan struct{})
	go func() {
		data = 1
		flag = 1
		close(done)
	}()
	for i := 0; i < 100 && probe.Opaque(flag) == 0; i++ {
		time.Sleep(time.Millisecond)
	}
	probe.Keep(data)
	<-done
}

var word uint64

//go:noinline
func setWord(to uint64) { word = to }

//go:noinline
func getWord() uint64 { return word }

// wordNobodyWrote looks for a value of a racing word that was never written to it.
func wordNobodyWrote() bool {
	const ones, twos = 0x1111111111111111, 0x2222222222222222
	setWord(ones)
	return seen(
		func() { setWord(ones); setWord(twos) },
		func() bool { got := getWord(); return got != ones && got != twos },
		200*time.Millisecond,
	)
}

type one struct{ tag int }
type two struct{ tag int }

var shared interface{}

//go:noinline
func setShared(to interface{}) { shared = to }

//go:noinline
func getShared() interface{} { return shared }

// interfaceNobodyWrote looks for an interface that says it holds the one type and holds the other.
// Both are laid out alike, so that the wrong one can be read without a crash.
func interfaceNobodyWrote() bool {
	a, b := &one{1}, &two{2}
	setShared(a)
	return seen(
		func() { setShared(a); setShared(b) },
		func() bool {
			switch v := getShared().(type) {
			case *one:
				return v.tag != 1
			case *two:
				return v.tag != 2
			}
			return true
		},
		3*time.Second,
	)
}

// answerer is what a racing interface is asked: the one type follows a pointer where the other has a number.
type answerer interface{ answer() uint64 }

type pointing struct{ to *uint64 }
type counting struct{ n uint64 }

func (p *pointing) answer() uint64 { return *p.to }
func (c *counting) answer() uint64 { return c.n }

var asked answerer

//go:noinline
func setAsked(to answerer) { asked = to }

//go:noinline
func getAsked() answerer { return asked }

// calls calls a method of an interface. Where the type of the one meets the data of the other, a number is
// taken for an address, at which there is nothing.
func calls(racing bool) {
	to := uint64(1)
	a, b := &pointing{&to}, &counting{0x1234567}
	setAsked(a)
	write, limit := func() { setAsked(a); setAsked(b) }, 3*time.Second
	if !racing {
		write, limit = func() {}, 100*time.Millisecond
	}
	seen(write, func() bool { return getAsked().answer() == 0 }, limit)
}

// seen has a goroutine write while look is called until it finds something, at most for limit.
func seen(write func(), look func() bool, limit time.Duration) bool {
	var stop uint32
	done := make(chan struct{})
	go func() {
		defer close(done)
		for atomic.LoadUint32(&stop) == 0 {
			for i := 0; i < 100; i++ {
				write()
			}
		}
	}()
	found := false
	for start := time.Now(); !found && time.Since(start) < limit; {
		for i := 0; i < 100 && !found; i++ {
			found = look()
		}
	}
	atomic.StoreUint32(&stop, 1)
	<-done
	return found
}

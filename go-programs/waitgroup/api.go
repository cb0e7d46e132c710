package main

import (
	"sync"
	"sync/atomic"

	"harness/go-programs/probe"
)

func api(p *probe.Probe) {
	var wg sync.WaitGroup
	p.Outcome("wait-at-zero-returns", probe.Returns(patience, wg.Wait))
	wg.Add(2)
	wg.Add(-2)
	p.Outcome("wait-after-add-and-add-back-returns", probe.Returns(patience, wg.Wait))
	wg.Add(2)
	wg.Done()
	returned := make(chan struct{})
	go func() {
		wg.Wait()
		close(returned)
	}()
	p.Outcome("wait-above-zero-returns", probe.Returns(blocked, func() { <-returned }))
	wg.Done()
	p.Outcome("wait-returns-after-the-last-done", probe.Returns(patience, func() { <-returned }))

	for _, how := range []string{"value", "pointer"} {
		p.Outcome("passed-by-"+how, probe.RunChild(patience, nil, "--case=child-by-"+how).Fate())
	}

	var none sync.WaitGroup
	p.Outcome("done-at-zero", probe.Panics(none.Done))
	var another sync.WaitGroup
	p.Outcome("add-minus-one-at-zero", probe.Panics(func() { another.Add(-1) }))

	// The same group again and again, as soon as Wait has returned.
	const rounds = 1000
	var again sync.WaitGroup
	complete := 0
	p.Outcome("rounds-return", probe.Returns(patience, func() {
		for round := 0; round < rounds; round++ {
			ended := int64(0)
			again.Add(members)
			for i := 0; i < members; i++ {
				go func() {
					atomic.AddInt64(&ended, 1)
					again.Done()
				}()
			}
			again.Wait()
			if atomic.LoadInt64(&ended) == members {
				complete++
			}
		}
	}))
	p.Outcome("complete-rounds-of-1000", complete)
}

// early counts groups whose Wait returned before all goroutines had done their work.
func early(p *probe.Probe, runs int) {
	inside, before := 0, 0
	for i := 0; i < runs; i++ {
		if returnsEarly(true) {
			inside++
		}
		if returnsEarly(false) {
			before++
		}
	}
	p.Outcome("early-with-add-inside", inside > 0)
	p.Outcome("early-with-add-before", before)
	p.Value("share-early", probe.One, float64(inside)/float64(runs))
}

func returnsEarly(addInside bool) bool {
	var wg sync.WaitGroup
	worked := int64(0)
	ended := make(chan struct{}, members)
	join := func() { wg.Add(1) }
	for i := 0; i < members; i++ {
		if !addInside {
			join()
		}
		go func() {
			if addInside {
				probe.Panics(join)
			}
			atomic.AddInt64(&worked, 1)
			wg.Done()
			ended <- struct{}{}
		}()
	}
	// Once in many thousand groups Add or Wait notices the misuse and panics; Wait has returned early then, too.
	probe.Panics(wg.Wait)
	seen := atomic.LoadInt64(&worked)
	for i := 0; i < members; i++ {
		<-ended
	}
	return seen < members
}

// byValue has its parameter by value. The type is a parameter so that go vet, which knows the mistake,
// lets the program pass; testdata has the plain form.
func byValue[T any](v T, use func(*T)) { use(&v) }

func byPointer[T any](v *T, use func(*T)) { use(v) }

// passed waits for two members that were given the group by value, or by pointer.
func passed(isValue bool) {
	var wg sync.WaitGroup
	wg.Add(2)
	for i := 0; i < 2; i++ {
		member := func(mine *sync.WaitGroup) { go mine.Done() }
		if isValue {
			byValue(*probe.Opaque(&wg), member)
		} else {
			byPointer(&wg, member)
		}
	}
	wg.Wait()
}

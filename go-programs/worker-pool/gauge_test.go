package main

import (
	"sync"
	"testing"
)

func visits(g *gauge, visitors int) {
	var running sync.WaitGroup
	for i := 0; i < visitors; i++ {
		running.Add(1)
		go func() {
			defer running.Done()
			g.visit()
		}()
	}
	running.Wait()
}

func TestGaugeCountsAllThatAreInsideTogether(t *testing.T) {
	g := newGauge(5)
	visits(g, 5)
	if g.most() != 5 || g.inside() != 0 {
		t.Errorf("most %d, inside %d", g.most(), g.inside())
	}
}

func TestGaugeSeesOneTooMany(t *testing.T) {
	const goal, visitors = 2, 40
	g := newGauge(goal)
	visits(g, visitors)
	if g.most() <= goal {
		t.Errorf("only %d of %d were seen together", g.most(), visitors)
	}
}

func TestTallyWantsEveryResultOnce(t *testing.T) {
	for _, test := range []struct {
		results []int
		want    bool
	}{{[]int{1, 0, 2}, true}, {[]int{0, 1}, false}, {[]int{0, 1, 1, 2}, false}} {
		results := make(chan int, len(test.results))
		for _, result := range test.results {
			results <- result
		}
		close(results)
		arrived := make(tally, 3)
		arrived.collect(results)
		if got := arrived.eachOnce(); got != test.want {
			t.Errorf("%v: %v", test.results, got)
		}
	}
}

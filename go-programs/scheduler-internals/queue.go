package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"harness/go-programs/probe"
)

// runOrder starts n goroutines, lets them run, and returns at which place each of them did.
func runOrder(n int) []int {
	place := make([]int, n)
	var next int64
	var wg sync.WaitGroup
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			place[i] = int(atomic.AddInt64(&next, 1)) - 1
			wg.Done()
		}(i)
	}
	wg.Wait()
	return place
}

func localOrder(p *probe.Probe) {
	seen := make(map[string]int)
	best := ""
	for i := 0; i < rounds; i++ {
		order := byPlace(runOrder(8))
		seen[order]++
		if seen[order] > seen[best] {
			best = order
		}
	}
	p.Outcome("order-of-eight", best)
	p.Outcome("overtakes-global", usual(newBeforeYielded) == 1)
}

// byPlace names the goroutines in the order in which they ran.
func byPlace(place []int) string {
	names := make([]string, len(place))
	for i, at := range place {
		names[at] = fmt.Sprint(i)
	}
	return strings.Join(names, " ")
}

// newBeforeYielded is 1 where two new goroutines run before one that has been in the global queue
// since before they were started. The first of three goroutines yields, which puts it into the
// global queue; the second one stands in the local queue, and starts two more.
func newBeforeYielded() int {
	var clock, yielded, late int64
	var wg sync.WaitGroup
	wg.Add(4)
	note := func(at *int64) {
		*at = atomic.AddInt64(&clock, 1)
		wg.Done()
	}
	go func() {
		for i := 0; i < 2; i++ {
			go func() {
				now := atomic.AddInt64(&clock, 1)
				if now > late {
					late = now
				}
				wg.Done()
			}()
		}
		wg.Done()
	}()
	// The newest runs first.
	go func() {
		runtime.Gosched()
		note(&yielded)
	}()
	wg.Wait()
	if late < yielded {
		return 1
	}
	return 0
}

// overtaken starts n goroutines without letting any of them run, and returns how many of them a
// later one overtook. The newest is left out: it never stands in the queue. A goroutine that is
// moved to the global queue runs after those that stayed.
func overtaken(n int) int {
	return countOvertaken(runOrder(n)[:n-1])
}

func countOvertaken(place []int) int {
	count, earliestLater := 0, len(place)+1
	for i := len(place) - 1; i >= 0; i-- {
		if earliestLater < place[i] {
			count++
		} else {
			earliestLater = place[i]
		}
	}
	return count
}

// roundsBetween returns after how many scheduling rounds a goroutine in the global queue gets its
// next turn, while the local queue is never empty. Every goroutine that runs from a queue is a round.
func roundsBetween() int {
	const locals, turns = 250, 4
	var ran int64
	seen := make([]int64, 0, turns)
	var wg sync.WaitGroup
	wg.Add(locals + 1)
	for i := 0; i < locals; i++ {
		go func() {
			ran++
			wg.Done()
		}()
	}
	go func() {
		for len(seen) < turns {
			seen = append(seen, ran)
			runtime.Gosched()
		}
		wg.Done()
	}()
	wg.Wait()
	// The first wait began in the middle of a period. The goroutine's own turn is a round as well.
	return int(seen[2]-seen[1]) + 1
}

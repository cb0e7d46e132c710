// Select-fairness counts which of several ready cases a select takes.
package main

import (
	"harness/go-programs/probe"
)

func main() {
	p := probe.New("select-fairness")
	rounds := p.Int("rounds", 400000, "selects in an invocation")
	ready := p.Int("ready", 4, "cases that are ready: 2, 4 or 8")
	p.Case("all-ready", "every case of the select is ready", func() {
		taken := run(chooserOf(*ready), *ready, *rounds)
		report(p, taken, *ready, *rounds)
		p.Outcome("last-case-waits-for-200-selects", taken.gap > 200)
		p.Value("longest-wait", probe.One, float64(taken.gap))
	})
	p.Case("some-ready", "the first two of four cases are ready", func() {
		taken := run(chooseSome(), 4, *rounds)
		p.Outcome("cases-that-are-not-ready-taken", taken.counts[2]+taken.counts[3])
		report(p, taken, 2, *rounds)
	})
	p.Case("sends", "four sends are ready", func() {
		report(p, run(chooseSend(), 4, *rounds), 4, *rounds)
	})
	p.Main()
}

// taken is what run saw.
type taken struct {
	// counts is how often each case was taken.
	counts []int
	// gap is the longest row of selects without the last case.
	gap int
	// repeats is how often a case was taken twice in a row.
	repeats int
}

// run asks choose again and again which case it takes.
func run(choose func() int, cases, rounds int) taken {
	seen := taken{counts: make([]int, cases)}
	since, last := 0, -1
	for i := 0; i < rounds; i++ {
		which := choose()
		seen.counts[which]++
		if which == last {
			seen.repeats++
		}
		last = which
		if which == cases-1 {
			since = 0
			continue
		}
		if since++; since > seen.gap {
			seen.gap = since
		}
	}
	return seen
}

// report gives the shares of the ready cases, which come first, as multiples of the equal share.
func report(p *probe.Probe, seen taken, ready, rounds int) {
	counts := seen.counts[:ready]
	equal := float64(rounds) / float64(ready)
	least, most := counts[0], counts[0]
	for _, n := range counts {
		if n < least {
			least = n
		}
		if n > most {
			most = n
		}
	}
	p.Value("first-case", probe.One, float64(counts[0])/equal)
	p.Value("last-case", probe.One, float64(counts[len(counts)-1])/equal)
	p.Value("least-taken", probe.One, float64(least)/equal)
	p.Value("most-taken", probe.One, float64(most)/equal)
	p.Value("same-again", probe.One, float64(seen.repeats)/equal)
	p.Outcome("first-case-always", counts[0] == rounds)
}

// closed returns a channel that is always ready to be received from.
func closed() <-chan int {
	c := make(chan int)
	close(c)
	return c
}

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
		counts, gap := run(chooserOf(*ready), *ready, *rounds)
		report(p, counts, *rounds)
		p.Outcome("last-case-waits-for-200-selects", gap > 200)
		p.Value("longest-wait", probe.One, float64(gap))
	})
	p.Case("some-ready", "the first two of four cases are ready", func() {
		counts, _ := run(chooseSome(), 4, *rounds)
		p.Outcome("cases-that-are-not-ready-taken", counts[2]+counts[3])
		report(p, counts[:2], *rounds)
	})
	p.Case("sends", "four sends are ready", func() {
		counts, _ := run(chooseSend(), 4, *rounds)
		report(p, counts, *rounds)
	})
	p.Main()
}

// run asks choose again and again which case it takes. It returns how often each one was taken, and
// the longest row of selects without the last one.
func run(choose func() int, cases, rounds int) (counts []int, gap int) {
	counts = make([]int, cases)
	since := 0
	for i := 0; i < rounds; i++ {
		taken := choose()
		counts[taken]++
		if taken == cases-1 {
			since = 0
			continue
		}
		if since++; since > gap {
			gap = since
		}
	}
	return counts, gap
}

// report gives the shares as multiples of the equal share.
func report(p *probe.Probe, counts []int, rounds int) {
	equal := float64(rounds) / float64(len(counts))
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
	p.Outcome("first-case-always", counts[0] == rounds)
}

// closed returns a channel that is always ready to be received from.
func closed() <-chan int {
	c := make(chan int)
	close(c)
	return c
}

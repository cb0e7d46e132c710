package main

import (
	"strconv"

	"harness/go-programs/probe"
)

const (
	// batchNs is the length of a timed batch, long enough for collections to be part of it.
	batchNs         = 4000000
	warmup, batches = 1, 7
)

// fill times slices that are built and thrown away.
func fill(p *probe.Probe, n int, presize bool) {
	build := grown
	if presize {
		build = presized
	}
	p.Bench("fill", batchNs, warmup, batches, func(slices uint64) {
		for i := uint64(0); i < slices; i++ {
			probe.Keep(build(n))
		}
	})
	sum := 0
	for i, v := range build(n) {
		sum += v ^ (i >> 1)
	}
	p.Check(strconv.Itoa(sum))
}

//go:noinline
func grown(n int) []int {
	var s []int
	for i := 0; i < n; i++ {
		s = append(s, i)
	}
	return s
}

//go:noinline
func presized(n int) []int {
	s := make([]int, 0, n)
	for i := 0; i < n; i++ {
		s = append(s, i)
	}
	return s
}

// growths counts the arrays that a slice has had after the first.
func growths(p *probe.Probe) {
	least, most := 1<<30, 0
	for _, n := range []int{10, 1000, 1000000} {
		p.Outcome("growths-to-"+strconv.Itoa(n), grows(nil, n))
		if times := grows(nil, n); times < least {
			least = times
		}
		if times := grows(make([]int, 0, n), n); times > most {
			most = times
		}
	}
	p.Outcome("grows-again-and-again", least > 1)
	p.Outcome("growths-when-presized", most)
}

func grows(s []int, n int) int {
	times := 0
	for i := 0; i < n; i++ {
		before := cap(s)
		s = append(s, i)
		if before > 0 && cap(s) != before {
			times++
		}
	}
	return times
}

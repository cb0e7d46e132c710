package main

import (
	"fmt"
	"sort"
	"strings"

	"harness/go-programs/probe"
)

const (
	// Two entries in eight slots change places only where the search starts between them, one time in eight.
	rounds = 2000
	// fewRounds is for large maps, in which two rounds alike are next to impossible.
	fewRounds = 20
)

func iteration(p *probe.Probe) {
	p.Outcome("order-changes-with-2-keys", len(orders(numbered(2), rounds)) > 1)
	p.Outcome("order-changes-with-8-keys", len(orders(numbered(8), rounds)) > 1)
	p.Outcome("order-changes-with-1000-keys", len(orders(numbered(1000), fewRounds)) > 1)

	most := 0
	for _, count := range orders(numbered(8), rounds) {
		if count > most {
			most = count
		}
	}
	p.Value("commonest-order", probe.One, float64(most)/rounds)

	p.Value("favoured-of-8", probe.One, favoured(numbered(8), 8*rounds))
	p.Value("favoured-of-5", probe.One, favoured(numbered(5), 8*rounds))

	p.Outcome("sorted-keys-give-one-order", len(sortedOrders(numbered(1000), fewRounds)) == 1)
	p.Outcome("fmt-prints-in-one-order", len(printed(numbered(8), rounds)) == 1)
}

func numbered(n int) map[int]int {
	m := make(map[int]int)
	for i := 0; i < n; i++ {
		m[i] = i
	}
	return m
}

// orders counts in which orders m is gone through.
func orders(m map[int]int, rounds int) map[string]int {
	seen := make(map[string]int)
	var order []byte
	for i := 0; i < rounds; i++ {
		order = order[:0]
		for key := range m {
			order = append(order, byte(key), byte(key>>8))
		}
		seen[string(order)]++
	}
	return seen
}

// favoured is the share of the key that comes first most often, as a multiple of the equal share.
func favoured(m map[int]int, rounds int) float64 {
	first := make([]int, len(m))
	for i := 0; i < rounds; i++ {
		for key := range m {
			first[key]++
			break
		}
	}
	sort.Ints(first)
	return float64(first[len(first)-1]) * float64(len(m)) / float64(rounds)
}

func sortedOrders(m map[int]int, rounds int) map[string]int {
	seen := make(map[string]int)
	for i := 0; i < rounds; i++ {
		keys := make([]int, 0, len(m))
		for key := range m {
			keys = append(keys, key)
		}
		sort.Ints(keys)
		seen[strings.Trim(fmt.Sprint(keys), "[]")]++
	}
	return seen
}

func printed(m map[int]int, rounds int) map[string]int {
	seen := make(map[string]int)
	for i := 0; i < rounds; i++ {
		seen[fmt.Sprint(m)]++
	}
	return seen
}

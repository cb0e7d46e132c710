package main

import (
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"harness/go-programs/probe"
)

// patience is how long a child may take on a busy machine.
const patience = 10 * time.Second

func mapOrder(p *probe.Probe) {
	const keys, rounds = 64, 100
	m := make(map[string]int)
	for i := 0; i < keys; i++ {
		m["key-"+strconv.Itoa(i)] = i
	}
	asTheyCome, sorted := make(map[string]bool), make(map[string]bool)
	for i := 0; i < rounds; i++ {
		names := make([]string, 0, keys)
		for name := range m {
			names = append(names, name)
		}
		asTheyCome[strings.Join(names, " ")] = true
		sort.Strings(names)
		sorted[strings.Join(names, " ")] = true
	}
	p.Outcome("order-varies", len(asTheyCome) > 1)
	p.Outcome("sorted-order-varies", len(sorted) > 1)
}

func mapGuard(p *probe.Probe) {
	for _, guard := range []string{"plain", "mutex", "sync"} {
		child := probe.RunChild(patience, []string{"GORACE=exitcode=66 halt_on_error=1 atexit_sleep_ms=0"}, "--case=child-map-"+guard)
		p.Outcome("race-in-"+guard, child.Fate())
	}
}

// writeMap has two goroutines use the same map at the same time.
func writeMap(set func(key int)) {
	var running sync.WaitGroup
	start := make(chan struct{})
	for i := 0; i < 2; i++ {
		running.Add(1)
		go func(i int) {
			defer running.Done()
			<-start
			for key := 0; key < 1000; key++ {
				set(2*key + i)
			}
		}(i)
	}
	close(start)
	running.Wait()
}

func plainMap() func(int) {
	m := make(map[int]int)
	return func(key int) { m[key]++ }
}

func mutexMap() func(int) {
	var mu sync.Mutex
	m := make(map[int]int)
	return func(key int) {
		mu.Lock()
		defer mu.Unlock()
		m[key]++
	}
}

func syncMap() func(int) {
	var m sync.Map
	return func(key int) { m.Store(key, key) }
}

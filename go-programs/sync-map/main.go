// Sync-map lets several goroutines work on one map: a sync.Map, and a plain map behind an RWMutex or a Mutex.
package main

import (
	"harness/go-programs/probe"
)

// settings are the parameters of an invocation. GOMAXPROCS is an environment variable.
type settings struct{ workers, keys, writes *int }

func main() {
	p := probe.New("sync-map")
	s := settings{
		workers: p.Int("workers", 8, "goroutines that work on the map"),
		keys:    p.Int("keys", 10000, "number of keys"),
		writes:  p.Int("writes", 50, "writes among 100 operations, in disjoint, mixed and churn"),
	}
	p.Case("read-only", "keys were written once; all goroutines read them", func() {
		run(p, plan(p.Seed(), s, job{}))
	})
	p.Case("disjoint", "each goroutine reads and replaces values of its own keys", func() {
		run(p, plan(p.Seed(), s, job{writes: *s.writes, disjoint: true}))
	})
	p.Case("mixed", "all goroutines read and replace values of the same keys", func() {
		run(p, plan(p.Seed(), s, job{writes: *s.writes}))
	})
	p.Case("churn", "all goroutines read, insert and delete the same keys", func() {
		run(p, plan(p.Seed(), s, job{writes: *s.writes, churn: true}))
	})
	p.Main()
}

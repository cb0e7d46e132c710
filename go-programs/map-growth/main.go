// Map-growth measures Go's map from empty to large: what inserts and lookups cost, how it grows, what
// it holds in memory, and what happens when all keys have one hash.
package main

import (
	"fmt"
	"os"

	"harness/go-programs/probe"
)

// settings are the parameters of an invocation. GOGC is an environment variable.
type settings struct {
	keys, hot *int
	presize   *bool
	key, kind *string
}

func main() {
	p := probe.New("map-growth")
	s := settings{
		keys:    p.Int("keys", 1000000, "number of keys"),
		hot:     p.Int("hot", 0, "look up that many of the keys over and over (0: all)"),
		presize: p.Bool("presize", false, "make the map with room for all keys"),
		key:     p.String("key", "string", "type of the keys in set-memory and value-memory: string or uint64"),
		kind:    p.String("kind", "same-hash", "what keys collide gets: same-hash, or nan (inserts only)"),
	}
	p.Case("insert", "fill one map, timed as a whole",
		func() { insert(p, s) })
	p.Case("latency", "fill one map, each insert timed by itself",
		func() { latency(p, s) })
	p.Case("lookup", "look up existing keys in random order",
		func() { lookup(p, s) })
	p.Case("memory", "heap that the map holds at each size on the way",
		func() { memory(p, s) })
	p.Case("set-memory", "heap of maps with the same keys and values of several types",
		func() { setMemory(p, s) })
	p.Case("value-memory", "what a value costs in a slot of a map",
		func() { valueMemory(p, s) })
	p.Case("growth", "at which load the map grows, and what it allocates then",
		func() { growth(p) })
	p.Case("moves", "what share of the entries one insert moves",
		func() { moves(p) })
	p.Case("collide", "inserts and lookups of keys that all have one hash",
		func() { collide(p, s) })
	p.Case("collide-limit", "what becomes of a thousand keys with one hash",
		func() { collideLimit(p) })
	p.Case("collide-capped", "the child of collide-limit: insert them under a cap of the kernel",
		func() { collideCapped(p) })
	p.Main()
}

// fail ends the program: the parameters or the environment did not let it do its work.
func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "map-growth: "+format+"\n", args...)
	os.Exit(1)
}

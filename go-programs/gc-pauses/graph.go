package main

import "harness/go-programs/probe"

const (
	nodeBytes = 64
	// chainNodes is the length of every chain.
	chainNodes = 16
	// A step allocates stepBytes: two chains that take the place of live ones, and for a short time a
	// list and two buffers.
	replacedChains = 2
	listNodes      = 96
	buffers        = 2
	bufferBytes    = 4096
	stepBytes      = (replacedChains*chainNodes+listNodes)*nodeBytes + buffers*bufferBytes
)

// node is 64 bytes, with one pointer.
type node struct {
	next *node
	key  uint64
	rest [6]uint64
}

// graph is the live heap: a chained hash table, as a cache would be. The nodes of a chain start side
// by side, the chains lie in memory in random order, so that following pointers from the table
// misses the processor's caches once a chain, for the program and for the collector.
type graph struct {
	heads []*node
	// scratch holds the short-lived objects where they are used again.
	scratch *scratch
}

type scratch struct {
	nodes   [listNodes]node
	buffers [buffers][bufferBytes]byte
}

func newGraph(liveMiB int, reuse bool, rng *probe.Rand) *graph {
	g := &graph{heads: make([]*node, liveMiB*mib/(chainNodes*nodeBytes))}
	order := make([]uint32, len(g.heads))
	for i := range order {
		order[i] = uint32(i)
	}
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for _, bucket := range order {
		g.heads[bucket] = newChain(rng)
	}
	if reuse {
		g.scratch = new(scratch)
	}
	return g
}

// step is one unit of work: it allocates stepBytes and returns a sum that depends on all of it.
func (g *graph) step(rng *probe.Rand) uint64 {
	var sum uint64
	for i := 0; i < replacedChains; i++ {
		chain := rng.Below(uint64(len(g.heads)))
		sum += g.heads[chain].key
		g.heads[chain] = newChain(rng)
	}
	for n := g.shortLived(rng); n != nil; n = n.next {
		sum += n.key
	}
	for i := 0; i < buffers; i++ {
		sum += fill(g.newBuffer(i), rng.Uint64())
	}
	return sum
}

func newChain(rng *probe.Rand) *node { return newList(chainNodes, rng) }

func newList(length int, rng *probe.Rand) *node {
	var head *node
	for i := 0; i < length; i++ {
		head = &node{next: head, key: rng.Uint64()}
	}
	return head
}

func (g *graph) shortLived(rng *probe.Rand) *node {
	if g.scratch == nil {
		return newList(listNodes, rng)
	}
	var head *node
	for i := range g.scratch.nodes {
		n := &g.scratch.nodes[i]
		*n = node{next: head, key: rng.Uint64()}
		head = n
	}
	return head
}

func (g *graph) newBuffer(i int) []byte {
	if g.scratch == nil {
		return allocate(bufferBytes)
	}
	b := g.scratch.buffers[i][:]
	for i := range b {
		b[i] = 0
	}
	return b
}

// allocate is not inlined, so that the buffer is on the heap.
//
//go:noinline
func allocate(n int) []byte { return make([]byte, n) }

// fill writes to every cache line of b and returns the sum of its bytes there.
func fill(b []byte, value uint64) uint64 {
	for i := 0; i < len(b); i += nodeBytes {
		b[i] = byte(value >> (uint(i/nodeBytes) % 56))
	}
	var sum uint64
	for i := 0; i < len(b); i += nodeBytes {
		sum += uint64(b[i])
	}
	return sum
}

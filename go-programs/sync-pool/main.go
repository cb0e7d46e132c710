// Sync-pool looks at how long sync.Pool keeps what is put into it, who gets it back, and what it
// saves a program that needs buffers.
package main

import "harness/go-programs/probe"

func main() {
	p := probe.New("sync-pool")
	size := p.Int("bytes", 4096, "bytes written into a buffer, a multiple of 16")
	impl := p.String("impl", "pool", "fresh, sized or pool: where a buffer comes from")
	garbage := p.Int("garbage-kib", 0, "KiB of other garbage beside each buffer, case rate")
	p.Case("survival", "what is left in a pool after no, one and two cycles of the collector",
		func() { survival(p) })
	p.Case("per-p", "whether another processor gets what this one has put in",
		func() { perP(p) })
	p.Case("rate", "what a pool saves of the memory allocated, in one process with and without it",
		func() { rate(p, *size, *garbage) })
	p.Case("buffers", "time of filling a buffer",
		func() { buffers(p, *size, *impl) })
	p.Main()
}

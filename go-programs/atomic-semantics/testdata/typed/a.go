package example

import "sync/atomic"

type counters struct {
	a atomic.Int32
	b atomic.Int64
	c atomic.Uint32
	d atomic.Uint64
	e atomic.Uintptr
	f atomic.Bool
	g atomic.Pointer[int]
}

func use(c *counters) (int64, bool) {
	c.b.Add(1)
	c.f.Store(true)
	return c.b.Load(), c.f.Load()
}

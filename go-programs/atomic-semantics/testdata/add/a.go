package example

import "sync/atomic"

func add(p *int64) int64 { return atomic.AddInt64(p, 1) }

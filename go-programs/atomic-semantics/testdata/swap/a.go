package example

import "sync/atomic"

func swap(p *int64, to int64) int64 { return atomic.SwapInt64(p, to) }

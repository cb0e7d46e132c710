package example

import "sync/atomic"

func load(p *int64) int64 { return atomic.LoadInt64(p) }

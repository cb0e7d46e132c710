package example

import "sync/atomic"

func count(n int64) int64 { return atomic.AddInt64(n, 1) }

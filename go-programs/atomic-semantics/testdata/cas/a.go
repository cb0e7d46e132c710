package example

import "sync/atomic"

func cas(p *int64, from, to int64) bool { return atomic.CompareAndSwapInt64(p, from, to) }

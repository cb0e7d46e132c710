package example

import "sync/atomic"

var n int64

func count() { atomic.AddInt64(&n, 1) }

func countPlainly() { n++ }

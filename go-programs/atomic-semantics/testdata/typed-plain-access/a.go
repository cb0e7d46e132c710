package example

import "sync/atomic"

var n atomic.Int64

func count() { n.Add(1) }

func countPlainly() { n++ }

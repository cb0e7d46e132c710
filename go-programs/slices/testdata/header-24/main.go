// Package example compiles where a slice takes 24 bytes.
package example

import "unsafe"

var _ [24]byte = [unsafe.Sizeof([]int(nil))]byte{}

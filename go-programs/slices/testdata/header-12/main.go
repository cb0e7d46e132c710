// Package example compiles where a slice takes 12 bytes.
package example

import "unsafe"

var _ [12]byte = [unsafe.Sizeof([]int(nil))]byte{}

// Package example appends to an array.
package example

func extend(a [3]int) {
	_ = append(a, 4)
}

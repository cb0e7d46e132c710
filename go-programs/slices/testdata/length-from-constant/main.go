// Package example takes the length of an array from a constant.
package example

const n = 5

func last() int {
	var a [n]int
	return a[n-1]
}

// Package example takes the length of an array from a variable.
package example

func last(n int) int {
	var a [n]int
	return a[n-1]
}

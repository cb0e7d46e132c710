// Package example passes an array of five where one of five is wanted.
package example

func sum(a [5]int) int { return a[0] }

func use() int { return sum([5]int{}) }

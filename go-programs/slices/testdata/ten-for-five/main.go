// Package example passes an array of ten where one of five is wanted.
package example

func sum(a [5]int) int { return a[0] }

func use() int { return sum([10]int{}) }

// Package example has a call that the compiler inlines unless it is told not to.
package example

func add(a, b int64) int64 { return a + b }

func twice(a int64) int64 { return add(a, a) }

// Package example has one deferred call in a straight function.
package example

var mu struct{ locked bool }

func lock() { mu.locked = true }

func unlock() { mu.locked = false }

func simple() {
	lock()
	defer unlock()
}

// Package example has a deferred call in a loop.
package example

var locked int

func unlock() { locked-- }

func loop(n int) {
	for i := 0; i < n; i++ {
		locked++
		defer unlock()
	}
}

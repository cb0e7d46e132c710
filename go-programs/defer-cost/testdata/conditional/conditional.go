// Package example has a deferred call behind a condition.
package example

var locked bool

func unlock() { locked = false }

func conditional(do bool) {
	if do {
		locked = true
		defer unlock()
	}
}

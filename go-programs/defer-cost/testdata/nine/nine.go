// Package example has nine deferred calls in a straight function, one more than the compiler opens.
package example

var closed int

func closeOne() { closed++ }

func nine() {
	defer closeOne()
	defer closeOne()
	defer closeOne()
	defer closeOne()
	defer closeOne()
	defer closeOne()
	defer closeOne()
	defer closeOne()
	defer closeOne()
}

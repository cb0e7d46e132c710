// Package example has a deferred call in a function with two ways out. The called function has no
// body here, so that the compiler's listing is short.
package example

func work()

func returns(early bool) {
	defer work()
	if early {
		return
	}
}

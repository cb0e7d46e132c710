// Prologue has a function so small that it needs no check of the stack, and one that calls.
package main

//go:noinline
func leaf() {}

func main() { leaf() }

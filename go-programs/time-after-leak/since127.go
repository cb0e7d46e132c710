//go:build go1.27

package main

// switchable says that this release still has the timers of Go 1.22, for modules with an old go line.
const switchable = false

// Package example asks the compiler not to let a variable escape. The one directive that speaks of
// it is for functions that are written in assembly.
package example

type point struct{ x, y int64 }

var global *point

//go:noescape
func keeps(p *point) {
	global = p
}

// Package example is the package example of testdata/unreturned with its last statement changed.
package example

type point struct{ x, y int64 }

//go:noinline
func decide() *point {
	subject := point{1, 2}
	p := &subject
	p.x++
	return p
}

// Package example differs from the package example of testdata/returned in what the function returns.
package example

type point struct{ x, y int64 }

//go:noinline
func decide() int64 {
	subject := point{1, 2}
	p := &subject
	p.x++
	return p.x
}

// Package example is what the compiler is asked about: variables that nothing refers to after the
// return. Every name occurs once, so that a diagnostic can be told by it.
package example

type point struct{ x, y int64 }

//go:noinline
func sum(p *point) int64 { return p.x + p.y }

//go:noinline
func pointsToLocal(parameter point) (result int64) {
	local := point{1, 2}
	pointer := &local
	result = sum(pointer) + sum(&parameter)
	return result
}

//go:noinline
func callsClosure() int64 {
	captured := int64(0)
	add := func() { captured++ }
	add()
	add()
	return captured
}

//go:noinline
func boxesForNow(boxed int64) bool {
	var i interface{} = boxed
	_, ok := i.(int64)
	return ok
}

//go:noinline
func allocatesNew() int64 {
	p := new(point)
	q := &point{1, 2}
	return sum(p) + sum(q)
}

//go:noinline
func array() byte {
	var hash [32]byte
	s := hash[:]
	s[1] = 7
	return s[1]
}

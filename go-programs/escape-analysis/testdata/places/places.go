// Package example is what the compiler is asked about: where each variable lives. Every name occurs
// once, so that a diagnostic can be told by it.
package example

type point struct{ x, y int64 }

type node struct{ next *point }

var (
	global   *point
	anything interface{}
)

//go:noinline
func returnsPointer() *point {
	returned := point{1, 2}
	return &returned
}

//go:noinline
func storesInGlobal() {
	stored := point{1, 2}
	global = &stored
}

//go:noinline
func storesInHeapObject(n *node) {
	linked := point{1, 2}
	n.next = &linked
}

// The callee may keep the pointer: nobody knows which function it is.
//
//go:noinline
func callsUnknown(f func(*point)) {
	unproven := point{1, 2}
	f(&unproven)
}

//go:noinline
func sends(c chan *point) {
	sent := point{1, 2}
	c <- &sent
}

//go:noinline
func counts() func() int64 {
	captured := int64(0)
	return func() int64 {
		captured++
		return captured
	}
}

//go:noinline
func boxesForGood(boxed int64) {
	anything = boxed
}

//go:noinline
func tooLarge() byte {
	var huge [11 << 20]byte
	huge[len(huge)-1] = 1
	return huge[len(huge)-1]
}

//go:noinline
func returnsNew() *int64 {
	return new(int64)
}

package main

import "harness/go-programs/probe"

// point is small enough for registers and has no pointer.
type point struct{ x, y int64 }

//go:noinline
func sum(p *point) int64 { return p.x + p.y }

// total is a method that gets a copy.
//
//go:noinline
func (p point) total() int64 { return p.x + p.y }

// totalOf is a method that gets a pointer and does not keep it.
//
//go:noinline
func (p *point) totalOf() int64 { return p.x + p.y }

// Where results go that must stay in memory after the function's return.
var (
	globalPoint   *point
	globalInt     *int64
	globalCounter func() int64
	globalAny     interface{}
	globalBytes   []byte
	globalChan    chan int64
)

// made calls f and keeps no result beyond that.
func made(key string, f func() int64) situation {
	return situation{key, func() { probe.Keep(f()) }}
}

func pointers() []situation {
	pointerChan, valueChan := make(chan *point, 1), make(chan point, 1)
	return []situation{
		made("local-struct", localStruct),
		made("stack-contents", func() int64 { return stackContents(point{1, 2}).total() }),
		{"return-pointer", func() { globalPoint = returnPointer() }},
		made("return-pointer-used-by-the-caller-only", func() int64 { return sum(returnPointer()) }),
		made("return-pointer-inlined", func() int64 { return sum(inlinedConstructor()) }),
		made("new-local", newLocal),
		made("literal-local", literalLocal),
		{"new-escaping", func() { globalInt = newEscaping() }},
		{"literal-escaping", func() { globalPoint = literalEscaping() }},
		{"send-pointer", func() { sendPointer(pointerChan); <-pointerChan }},
		{"send-value", func() { sendValue(valueChan); <-valueChan }},
		made("closure-local", closureLocal),
		{"closure-escaping", func() { globalCounter = counter() }},
		made("value-receiver", valueReceiver),
		made("pointer-receiver", pointerReceiver),
		made("array-32", func() int64 { return int64(array32()) }),
		made("array-64k", func() int64 { return int64(array64K()) }),
		made("array-1m", func() int64 { return int64(array1M()) }),
		made("array-11m", func() int64 { return int64(array11M()) }),
		made("new-array-65k", func() int64 { return int64(newArray65K()) }),
	}
}

//go:noinline
func localStruct() int64 {
	local := point{1, 2}
	p := &local
	return sum(p)
}

//go:noinline
func stackContents(parameter point) (result point) {
	local := point{3, 4}
	result.x = sum(&local)
	result.y = sum(&parameter)
	return result
}

//go:noinline
func returnPointer() *point {
	x := point{1, 2}
	return &x
}

// inlinedConstructor is what returnPointer is, small enough to be inlined.
func inlinedConstructor() *point {
	x := point{1, 2}
	return &x
}

//go:noinline
func newLocal() int64 {
	p := new(point)
	p.x = 3
	return sum(p)
}

//go:noinline
func literalLocal() int64 { return sum(&point{1, 2}) }

//go:noinline
func newEscaping() *int64 { return new(int64) }

//go:noinline
func literalEscaping() *point { return &point{1, 2} }

//go:noinline
func sendPointer(c chan *point) {
	x := point{1, 2}
	c <- &x
}

//go:noinline
func sendValue(c chan point) {
	x := point{1, 2}
	c <- x
}

//go:noinline
func closureLocal() int64 {
	captured := int64(0)
	add := func() { captured++ }
	repeat(3, add)
	return captured
}

// repeat calls a function that it does not know and does not keep it.
//
//go:noinline
func repeat(n int, f func()) {
	for i := 0; i < n; i++ {
		f()
	}
}

// counter returns a closure that changes what it captured: two objects, the variable and the closure.
//
//go:noinline
func counter() func() int64 {
	captured := int64(0)
	return func() int64 {
		captured++
		return captured
	}
}

//go:noinline
func valueReceiver() int64 {
	v := point{1, 2}
	return v.total()
}

//go:noinline
func pointerReceiver() int64 {
	v := point{1, 2}
	return v.totalOf()
}

//go:noinline
func array32() byte {
	var a [32]byte
	return fill(a[:])
}

//go:noinline
func array64K() byte {
	var a [64 << 10]byte
	return fill(a[:])
}

//go:noinline
func array1M() byte {
	var a [1 << 20]byte
	return fill(a[:])
}

//go:noinline
func array11M() byte {
	var a [11 << 20]byte
	return fill(a[:])
}

//go:noinline
func newArray65K() byte {
	a := new([65 << 10]byte)
	return fill(a[:])
}

// fill writes into memory, and does not keep it.
//
//go:noinline
func fill(b []byte) byte {
	b[len(b)-1] = 7
	return b[len(b)-1] + b[0]
}

package main

import "harness/go-programs/probe"

func slices() []situation {
	n := probe.Opaque(64)
	return []situation{
		made("append-2", func() int64 { return appendTo(nil, 2) }),
		made("append-4-local", appendFour),
		made("append-64-local", func() int64 { return appendLocal(n) }),
		made("append-64-constant-capacity", func() int64 { return appendToConstantCapacity(n) }),
		made("append-64-variable-capacity", func() int64 { return appendToVariableCapacity(n) }),
		made("make-slice-constant", func() int64 { return int64(makeConstant()) }),
		made("make-slice-variable", func() int64 { return int64(makeVariable(n)) }),
		made("make-slice-70k", func() int64 { return int64(makeLarge()) }),
		{"make-slice-escaping", func() { globalBytes = makeEscaping() }},
		made("make-map-local", makeMap),
		made("make-channel-local", makeChannel),
		{"make-channel-escaping", func() { globalChan = makeChannelEscaping() }},
	}
}

// appendTo appends to a slice of which it knows nothing.
//
//go:noinline
func appendTo(s []int64, n int) int64 {
	for i := 0; i < n; i++ {
		s = append(s, int64(i))
	}
	return s[len(s)-1]
}

// appendFour appends to a slice that it has made itself and that nobody else sees.
//
//go:noinline
func appendFour() int64 {
	var s []int64
	for i := int64(0); i < 4; i++ {
		s = append(s, i)
	}
	return s[3]
}

//go:noinline
func appendLocal(n int) int64 {
	var s []int64
	for i := 0; i < n; i++ {
		s = append(s, int64(i))
	}
	return s[len(s)-1]
}

//go:noinline
func appendToConstantCapacity(n int) int64 {
	s := make([]int64, 0, 64)
	for i := 0; i < n; i++ {
		s = append(s, int64(i))
	}
	return s[len(s)-1]
}

//go:noinline
func appendToVariableCapacity(n int) int64 {
	s := make([]int64, 0, n)
	for i := 0; i < n; i++ {
		s = append(s, int64(i))
	}
	return s[len(s)-1]
}

//go:noinline
func makeConstant() byte { return fill(make([]byte, 64)) }

//go:noinline
func makeVariable(n int) byte { return fill(make([]byte, n)) }

//go:noinline
func makeLarge() byte { return fill(make([]byte, 70<<10)) }

//go:noinline
func makeEscaping() []byte { return make([]byte, 64) }

//go:noinline
func makeMap() int64 {
	m := make(map[int64]int64)
	m[1] = 2
	m[3] = 4
	return m[1] + m[3]
}

//go:noinline
func makeChannel() int64 {
	c := make(chan int64, 1)
	c <- 5
	return <-c
}

//go:noinline
func makeChannelEscaping() chan int64 { return make(chan int64, 1) }

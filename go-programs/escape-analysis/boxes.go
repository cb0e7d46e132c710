package main

import "harness/go-programs/probe"

func interfaces() []situation {
	large, byteSized, zero := probe.Opaque(int64(1000)), probe.Opaque(int64(255)), probe.Opaque(int64(0))
	existing := &point{1, 2}
	return []situation{
		made("interface-local", func() int64 { return boxLocal(large) }),
		made("interface-argument", func() int64 { return boxArgument(large) }),
		{"interface-escaping", func() { boxForGood(large) }},
		{"interface-escaping-255", func() { boxForGood(byteSized) }},
		{"interface-escaping-zero", func() { boxForGood(zero) }},
		{"interface-escaping-constant", boxConstant},
		{"interface-escaping-pointer", func() { boxPointer(existing) }},
	}
}

//go:noinline
func boxLocal(x int64) int64 {
	var i interface{} = x
	v, _ := i.(int64)
	return v
}

//go:noinline
func boxArgument(x int64) int64 { return unbox(x) }

// unbox takes any value and does not keep it.
//
//go:noinline
func unbox(i interface{}) int64 {
	v, _ := i.(int64)
	return v
}

//go:noinline
func boxForGood(x int64) { globalAny = x }

//go:noinline
func boxConstant() { globalAny = 123456 }

//go:noinline
func boxPointer(p *point) { globalAny = p }

package main

import (
	"fmt"
	"unsafe"

	"harness/go-programs/probe"
)

func header(p *probe.Probe) {
	s := make([]int32, 3, 7)
	p.Outcome("header-bytes", int(unsafe.Sizeof(s)))
	p.Outcome("same-for-every-element", unsafe.Sizeof(s) == unsafe.Sizeof([]byte(nil)) &&
		unsafe.Sizeof(s) == unsafe.Sizeof([]struct{}(nil)) &&
		unsafe.Sizeof(s) == unsafe.Sizeof([]string(nil)) &&
		unsafe.Sizeof(s) == unsafe.Sizeof([][1024]byte(nil)))
	words := (*[3]uintptr)(unsafe.Pointer(&s))
	p.Outcome("first-word-is-the-address", words[0] == uintptr(unsafe.Pointer(&s[0])))
	p.Outcome("second-word", int(words[1]))
	p.Outcome("third-word", int(words[2]))
}

func passing(p *probe.Probe) {
	s := []int{1, 2, 3}
	write(s)
	p.Outcome("after-write", fmt.Sprint(s))

	s = []int{1, 2, 3}
	cut(s)
	p.Outcome("after-cut", fmt.Sprint(s))

	s = make([]int, 3, 4)
	extend(s)
	p.Outcome("length-after-append", len(s))
	p.Outcome("behind-the-length-after-append", fmt.Sprint(s[:4]))

	s = make([]int, 3)
	extendAndWrite(s)
	p.Outcome("after-append-without-room-and-write", fmt.Sprint(s))

	extendThrough(&s)
	p.Outcome("length-after-append-through-pointer", len(s))
}

//go:noinline
func write(s []int) { s[0] = 99 }

//go:noinline
func cut(s []int) {
	s = s[:1]
	probe.Keep(s)
}

//go:noinline
func extend(s []int) {
	s = append(s, 99)
	probe.Keep(s)
}

//go:noinline
func extendAndWrite(s []int) {
	s = append(s, 4)
	s[0] = 99
	probe.Keep(s)
}

//go:noinline
func extendThrough(s *[]int) { *s = append(*s, 99) }

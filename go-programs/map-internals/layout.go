package main

import (
	"reflect"
	"unsafe"

	"harness/go-programs/probe"
)

// Where the runtime's description of a map type (abi.MapType) has what is read here, from 1.21 to 1.27 on 64-bit
// machines: the description of any type comes first, then key, value and group, then the hash function.
const (
	commonBytes = 48
	groupOffset = commonBytes + 2*8
	hashOffset  = commonBytes + 3*8
)

// interfaceWords is how a value of an interface type lies in memory.
type interfaceWords struct{ table, data unsafe.Pointer }

// description is the runtime's own description of a type.
func description(t reflect.Type) unsafe.Pointer {
	return (*interfaceWords)(unsafe.Pointer(&t)).data
}

// groupOf is the type that the compiler made for eight entries of the map type t: a bucket up to Go 1.23, a group since.
func groupOf(t reflect.Type) reflect.Type {
	group := *(*unsafe.Pointer)(unsafe.Add(description(t), groupOffset))
	(*interfaceWords)(unsafe.Pointer(&t)).data = group
	return t
}

// form is what a group consists of.
type form struct {
	slots, bytes, tagBytes int
	tagsFirst, apart       bool
	overflow               bool
}

func formOf(group reflect.Type) form {
	f := form{bytes: int(group.Size())}
	for i := 0; i < group.NumField(); i++ {
		field := group.Field(i)
		switch field.Name {
		case "topbits", "ctrl":
			f.tagBytes, f.tagsFirst = int(field.Type.Size()), field.Offset == 0
		case "keys":
			f.slots, f.apart = field.Type.Len(), true
		case "slots":
			f.slots = field.Type.Len()
		case "overflow":
			f.overflow = true
		}
	}
	return f
}

func layout(p *probe.Probe) {
	t := reflect.TypeOf(map[int64]int8{})
	if t.Kind() != reflect.Map || unsafe.Sizeof(uintptr(0)) != 8 {
		panic("map-internals: the offsets are those of a 64-bit machine")
	}
	group := groupOf(t)
	f := formOf(group)
	p.Outcome("type-of-a-group", group.String())
	p.Outcome("slots-in-a-group", f.slots)
	p.Outcome("tag-bytes-in-a-group", f.tagBytes)
	p.Outcome("tags-come-first", f.tagsFirst)
	p.Outcome("keys-and-values-apart", f.apart)
	p.Outcome("overflow-pointer", f.overflow)
	// 8 keys of 8 bytes and 8 values of one byte, with what lies between and around them.
	p.Outcome("bytes-of-8-entries", f.bytes)
}

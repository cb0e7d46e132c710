package main

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"

	"harness/go-programs/probe"
)

// savedRegisters counts the fields of runtime.gobuf, where the scheduler keeps a goroutine's
// registers, in the debugging information of this very program.
func savedRegisters(p *probe.Probe) {
	fields, err := structFields("/proc/self/exe", "runtime.gobuf")
	if err != nil {
		p.Absent("saved-words", probe.One, err.Error())
		return
	}
	p.Value("saved-words", probe.One, float64(len(fields)))
	p.Outcome("saved-words", fmt.Sprint(fields))
}

// structFields returns the field names of a struct of the executable.
func structFields(executable, name string) ([]string, error) {
	file, err := elf.Open(executable)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := file.DWARF()
	if err != nil {
		return nil, err
	}
	for r := data.Reader(); ; {
		entry, err := r.Next()
		if err != nil {
			return nil, err
		}
		if entry == nil {
			return nil, fmt.Errorf("%s has no debugging information of %s", executable, name)
		}
		if entry.Tag != dwarf.TagStructType || entry.Val(dwarf.AttrName) != name {
			continue
		}
		typ, err := data.Type(entry.Offset)
		if err != nil {
			return nil, err
		}
		described, ok := typ.(*dwarf.StructType)
		if !ok {
			return nil, fmt.Errorf("%s is a %s", name, typ)
		}
		var fields []string
		for _, f := range described.Field {
			fields = append(fields, f.Name)
		}
		return fields, nil
	}
}

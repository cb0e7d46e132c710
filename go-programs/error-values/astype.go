//go:build go1.26

package main

import (
	"errors"
	"os"

	"harness/go-programs/probe"
)

func asType(p *probe.Probe, err error) {
	path, ok := errors.AsType[*os.PathError](err)
	p.Outcome("as-type-by-parameter", ok && path.Path == "/no/such/file")
}

// Error-values shows what an error is in Go: a value with one method, wrapped and looked for by hand.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"

	"harness/go-programs/probe"
)

func main() {
	p := probe.New("error-values")
	p.Case("interface", "what the interface error asks for", func() { asInterface(p) })
	p.Case("chain", "errors wrapped twice, and looked for", func() { chain(p) })
	p.Main()
}

// onlyError has the one method that an error needs.
type onlyError struct{ code int }

func (e onlyError) Error() string { return fmt.Sprintf("code %d", e.code) }

func asInterface(p *probe.Probe) {
	t := reflect.TypeOf((*error)(nil)).Elem()
	p.Outcome("methods", t.NumMethod())
	p.Outcome("method", t.Method(0).Name+" "+t.Method(0).Type.String())
	var err error = onlyError{7}
	p.Outcome("a-type-with-only-that-method-is-one", err.Error())
}

func chain(p *probe.Probe) {
	once := fmt.Errorf("reading header: %w", io.EOF)
	twice := fmt.Errorf("loading file: %w", once)
	p.Outcome("message", twice.Error())
	p.Outcome("is-the-cause", errors.Is(twice, io.EOF))
	p.Outcome("is-another", errors.Is(twice, io.ErrUnexpectedEOF))
	p.Outcome("equals-the-cause", twice == io.EOF)
	p.Outcome("unwrapped-twice-equals-the-cause", errors.Unwrap(errors.Unwrap(twice)) == io.EOF)
	formatted := fmt.Errorf("loading file: %v", io.EOF)
	p.Outcome("is-the-cause-without-w", errors.Is(formatted, io.EOF))

	_, opened := os.Open("/no/such/file")
	wrapped := fmt.Errorf("starting: %w", opened)
	var path *os.PathError
	p.Outcome("as-a-type", errors.As(wrapped, &path))
	p.Outcome("extracted", path != nil && path.Path == "/no/such/file")
	p.Outcome("is-not-exist", errors.Is(wrapped, os.ErrNotExist))
	var other *os.LinkError
	p.Outcome("as-another-type", errors.As(wrapped, &other))
	var own onlyError
	p.Outcome("as-a-type-of-ones-own", errors.As(fmt.Errorf("wrapped: %w", onlyError{7}), &own) && own.code == 7)
	// Two values of one type are different errors to Is, and the same type to As.
	first, second := &onlyError{1}, &onlyError{1}
	p.Outcome("is-an-equal-but-different-value", errors.Is(fmt.Errorf("wrapped: %w", first), second))
	asType(p, wrapped)
}

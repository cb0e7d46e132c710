package position

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestErrorPosition counts, in the exported functions and methods of the standard library that
// return more than one value and an error among them, those whose last value is the error.
func TestErrorPosition(t *testing.T) {
	root := filepath.Join(runtime.GOROOT(), "src")
	last, all := 0, 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == "cmd" || name == "internal" || name == "vendor" || name == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() {
				continue
			}
			if position, count := errorAt(f.Type.Results); position > 0 && count > 1 {
				all++
				if position == count {
					last++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("an error among several results: %d functions, last in %d\n", all, last)
	mostly := "no"
	if all > 100 && 100*last >= 99*all {
		mostly = "yes"
	}
	fmt.Printf("last in at least 99 %%: %s\n", mostly)
}

// errorAt returns the position of the first error among the results, from 1, and how many there are.
func errorAt(results *ast.FieldList) (position, count int) {
	if results == nil {
		return 0, 0
	}
	for _, field := range results.List {
		names := len(field.Names)
		if names == 0 {
			names = 1
		}
		if id, ok := field.Type.(*ast.Ident); ok && id.Name == "error" && position == 0 {
			position = count + names
		}
		count += names
	}
	return position, count
}

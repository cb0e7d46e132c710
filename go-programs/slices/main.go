// Slices shows what arrays copy, what a slice is made of, and what two slices of one array share.
package main

import "harness/go-programs/probe"

func main() {
	p := probe.New("slices")
	p.Case("arrays", "what assigning and passing an array copies", func() { arrays(p) })
	p.Case("header", "what a slice is made of", func() { header(p) })
	p.Case("passing", "what a function can change in its caller's slice", func() { passing(p) })
	p.Case("sharing", "writing through a part of a slice", func() { sharing(p) })
	p.Case("appending", "appending to a part of a slice", func() { appending(p) })
	p.Case("limited", "parts whose capacity is cut", func() { limited(p) })
	p.Case("quiz", "two slices that append to one array", func() { quiz(p) })
	p.Main()
}

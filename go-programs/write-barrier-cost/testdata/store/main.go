package main

type node struct {
	next  *node
	value uint64
}

//go:noinline
func link(a, b *node) { a.next = b }

//go:noinline
func set(a *node, v uint64) { a.value = v }

func main() {
	a := new(node)
	link(a, new(node))
	set(a.next, 1)
}

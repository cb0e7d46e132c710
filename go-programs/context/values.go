package main

import (
	"context"
	"fmt"

	"harness/go-programs/probe"
)

// key is what contexts of the case tree have a value under.
type key struct{}

func values(p *probe.Probe) {
	root := context.WithValue(context.Background(), key{}, "trace-7")
	for _, levels := range []int{1, 10, 100} {
		ctx := root
		for i := 0; i < levels; i++ {
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			ctx = child
		}
		p.Outcome(fmt.Sprintf("found-through-%d", levels), fmt.Sprint(ctx.Value(key{})))
	}
	child := first{}.attach(context.WithValue(root, key{}, "trace-8"), "of the child")
	p.Outcome("nearest-wins", fmt.Sprint(child.Value(key{})))
	p.Outcome("parent-unchanged", fmt.Sprint(root.Value(key{})))
	p.Outcome("parent-sees-the-childs", root.Value(first{}) != nil)

	// Two parts of a program that know nothing of each other.
	text := context.WithValue(context.Background(), "id", "of the first")
	text = context.WithValue(text, "id", "of the second")
	p.Outcome("text-key-of-the-first-finds", fmt.Sprint(text.Value("id")))
	typed := first{}.attach(context.Background(), "of the first")
	typed = second{}.attach(typed, "of the second")
	p.Outcome("typed-key-of-the-first-finds", first{}.find(typed))
	p.Outcome("typed-key-of-the-second-finds", second{}.find(typed))
	p.Outcome("typed-keys-are-equal", interface{}(first{}) == interface{}(second{}))
}

// first and second are the keys of the two parts: empty structs both.
type (
	first  struct{}
	second struct{}
)

func (k first) attach(ctx context.Context, v string) context.Context {
	return context.WithValue(ctx, k, v)
}

func (k first) find(ctx context.Context) string { return fmt.Sprint(ctx.Value(k)) }

func (k second) attach(ctx context.Context, v string) context.Context {
	return context.WithValue(ctx, k, v)
}

func (k second) find(ctx context.Context) string { return fmt.Sprint(ctx.Value(k)) }

// Package example defers the cancel function.
package example

import "context"

func kept(parent context.Context, work func(context.Context)) {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	work(ctx)
}

// Package example throws a cancel function away.
package example

import "context"

func discarded(parent context.Context, work func(context.Context)) {
	ctx, _ := context.WithCancel(parent)
	work(ctx)
}

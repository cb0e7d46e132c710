// Package example calls a cancel function on one of two ways out.
package example

import (
	"context"
	"time"
)

func conditional(parent context.Context, work func(context.Context) bool) bool {
	ctx, cancel := context.WithTimeout(parent, time.Second)
	if !work(ctx) {
		return false
	}
	cancel()
	return true
}

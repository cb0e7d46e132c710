// Nil-channels shows what operations on nil channels do, alone and in a select, and how a nil
// channel takes its case out of a select that goes on.
package main

import (
	"time"

	"harness/go-programs/probe"
)

// blocked is how long something must not return to count as blocked for ever.
const blocked = 300 * time.Millisecond

// patience is the limit for what does return, on a busy machine too.
const patience = 20 * time.Second

func main() {
	p := probe.New("nil-channels")
	p.Case("alone", "send, receive and close on a nil channel", func() { alone(p) })
	p.Case("select", "nil channels as cases of a select", func() { inSelect(p) })
	p.Case("merge", "two channels are merged until both are closed", func() { merging(p) })
	p.Case("child-send", "child: main sends to a nil channel", func() { nothing() <- 1 })
	p.Case("child-receive", "child: main receives from a nil channel", func() { <-nothing() })
	p.Main()
}

// nothing returns a nil channel that the compiler does not know to be one.
func nothing() chan int { return probe.Opaque[chan int](nil) }

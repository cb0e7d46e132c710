// Closed-channels shows what closing a channel does to those who receive from it, send to it or
// close it again, alone and among several goroutines.
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
	p := probe.New("closed-channels")
	p.Case("receive", "what a closed channel gives, and when a range over it ends", func() { receive(p) })
	p.Case("misuse", "sending to a closed channel and closing it again", func() { misuse(p) })
	p.Case("broadcast", "closing a channel from which many goroutines wait to receive", func() { broadcast(p) })
	p.Case("several", "several goroutines that send to one channel, or close it", func() { several(p) })

	p.Case("child-close-twice", "child: two goroutines close one channel", func() { closeTwice(false) })
	p.Case("child-close-once", "child: the same through a sync.Once", func() { closeTwice(true) })
	p.Case("child-sender-closes", "child: of four senders the first to end closes through a sync.Once", func() { senderCloses() })
	p.Case("child-last-closes", "child: the channel is closed after the last of four senders", func() { lastCloses(p) })
	p.Case("child-receiver-closes", "child: the receiver closes while four senders send", func() { receiverCloses() })
	p.Main()
}

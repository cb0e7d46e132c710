package main

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"harness/go-programs/probe"
)

const (
	senders = 4
	// values is what each of the senders has to send where all of them come to an end.
	values = 10000
)

func several(p *probe.Probe) {
	// One that closes twice in the same goroutine is in `misuse`; here each closes once.
	panics := int64(0)
	c := make(chan int)
	var both sync.WaitGroup
	for i := 0; i < 2; i++ {
		both.Add(1)
		go func() {
			defer both.Done()
			if probe.Panics(func() { close(c) }) != "" {
				atomic.AddInt64(&panics, 1)
			}
		}()
	}
	both.Wait()
	p.Outcome("two-closers-panics", atomic.LoadInt64(&panics))

	for _, child := range []string{"close-twice", "close-once", "sender-closes", "receiver-closes"} {
		p.Outcome(child, probe.RunChild(patience, nil, "--case=child-"+child).Fate())
	}
	child := probe.RunChild(patience, nil, "--case=child-last-closes")
	p.Outcome("last-closes", child.Fate())
	p.Outcome("last-closes-delivers-all", strings.Contains(child.Stdout,
		`"key":"received","value":`+strconv.Itoa(senders*values)+`}`))
}

func closeTwice(throughOnce bool) {
	c := make(chan int)
	var once sync.Once
	var both sync.WaitGroup
	for i := 0; i < 2; i++ {
		both.Add(1)
		go func() {
			if throughOnce {
				once.Do(func() { close(c) })
			} else {
				close(c)
			}
			// Not deferred: a panic would let main go first.
			both.Done()
		}()
	}
	both.Wait()
}

// send starts the senders; the first one has only one value to send, the others go on for ever.
// ended is called by whoever is done.
func send(c chan<- int, ended func()) {
	for s := 0; s < senders; s++ {
		isShort := s == 0
		go func() {
			c <- 0
			for v := 1; !isShort; v++ {
				c <- v
			}
			ended()
		}()
	}
}

// senderCloses is the pattern as it stands in print: whoever has nothing more to send closes, and
// the Once makes sure that only one does.
func senderCloses() {
	c := make(chan int)
	var once sync.Once
	send(c, func() { once.Do(func() { close(c) }) })
	for range c {
	}
	// The program goes on, as most do: an end right here would often come before the panic.
	time.Sleep(blocked)
}

// lastCloses waits for all senders and closes then.
func lastCloses(p *probe.Probe) {
	c := make(chan int)
	var all sync.WaitGroup
	all.Add(senders)
	for s := 0; s < senders; s++ {
		go func() {
			defer all.Done()
			for v := 0; v < values; v++ {
				c <- v
			}
		}()
	}
	go func() {
		all.Wait()
		close(c)
	}()
	received := 0
	for range c {
		received++
	}
	p.Outcome("received", received)
}

func receiverCloses() {
	c := make(chan int)
	send(c, func() {})
	for i := 0; i < 100; i++ {
		<-c
	}
	close(c)
	// The senders' panic ends the process before this.
	time.Sleep(patience)
}

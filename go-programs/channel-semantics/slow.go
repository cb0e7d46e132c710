package main

import (
	"time"

	"harness/go-programs/probe"
)

// slowConsumer runs a producer and a consumer at given rates until a send finds the channel full.
// Both sides act by the clock and not by sleeps: whoever wakes late does what is due.
func slowConsumer(p *probe.Probe, capacity, rateIn, rateOut int) {
	c := make(chan int, capacity)
	stop := make(chan struct{})
	start := time.Now()
	due := func(rate int) int {
		return int(time.Since(start).Seconds() * float64(rate))
	}
	go func() {
		for taken := 0; ; {
			select {
			case <-stop:
				return
			default:
			}
			for taken < due(rateOut) {
				select {
				case <-c:
					taken++
				default:
					// The producer is behind its time: what is due comes with the next turn.
					taken = due(rateOut)
				}
			}
			time.Sleep(time.Millisecond)
		}
	}()
	took := time.Duration(0)
	for sent := 0; took == 0; time.Sleep(time.Millisecond) {
		for sent < due(rateIn) {
			select {
			case c <- sent:
				sent++
				continue
			default:
			}
			took = time.Since(start)
			break
		}
	}
	close(stop)
	p.Outcome("a-send-blocks", true)
	p.Value("full-after", probe.Nanoseconds, float64(took))
	// What the same channel would last at a thousand values a second.
	p.Value("full-after-at-1000", probe.Nanoseconds, float64(took)*float64(rateIn)/1000)
}

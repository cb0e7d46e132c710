package main

import (
	"runtime"
	"strings"

	"harness/go-programs/probe"
)

func alone(p *probe.Probe) {
	var declared chan int
	var fields struct{ c chan string }
	var elements [2]<-chan bool
	made := make(map[string]chan<- int)
	p.Outcome("zero-values-are-nil",
		declared == nil && fields.c == nil && elements[1] == nil && made["absent"] == nil)
	p.Outcome("made-channel-is-nil", make(chan int) == nil)

	sent := make(chan bool)
	go func() { sent <- probe.Returns(blocked, func() { nothing() <- 1 }) }()
	p.Outcome("receive-returns", probe.Returns(blocked, func() { <-nothing() }))
	p.Outcome("send-returns", <-sent)
	// The traceback names the two goroutines that are left behind.
	buffer := make([]byte, 1<<16)
	traceback := string(buffer[:runtime.Stack(buffer, true)])
	p.Outcome("sender-is-parked", strings.Contains(traceback, "[chan send (nil chan)"))
	p.Outcome("receiver-is-parked", strings.Contains(traceback, "[chan receive (nil chan)"))

	for _, child := range []string{"send", "receive"} {
		p.Outcome("main-that-does-"+child, probe.RunChild(patience, nil, "--case=child-"+child).Fate())
	}
	p.Outcome("close", probe.Panics(func() { close(nothing()) }))
}

// rounds is how often a select is repeated.
const rounds = 1000

func inSelect(p *probe.Probe) {
	a, b := make(chan int), make(chan int)
	close(a)
	close(b)
	var taken [2]int
	choose := func() {
		select {
		case <-a:
			taken[0]++
		case <-b:
			taken[1]++
		}
	}
	for i := 0; i < rounds; i++ {
		choose()
	}
	p.Outcome("both-cases-taken-before", taken[0] > 0 && taken[1] > 0)
	taken = [2]int{}
	a = nil
	for i := 0; i < rounds; i++ {
		choose()
	}
	p.Outcome("nil-case-taken", taken[0])
	p.Outcome("other-case-taken", taken[1])

	defaults := 0
	in, out := nothing(), nothing()
	for i := 0; i < rounds; i++ {
		select {
		case <-in:
		case out <- 1:
		default:
			defaults++
		}
	}
	p.Outcome("default-taken-of-1000", defaults)
	p.Outcome("select-of-nil-cases-returns", probe.Returns(blocked, func() {
		select {
		case <-in:
		case out <- 1:
		}
	}))
}

package main

import "testing"

func TestParkedGoroutinesAreCountedByState(t *testing.T) {
	traceback := "goroutine 1 [running]:\nmain.main()\n\n" +
		"goroutine 7 [chan receive]:\nmain.f()\n\n" +
		"goroutine 8 [chan receive, 2 minutes]:\nmain.f()\n\n" +
		"goroutine 9 [chan receive (nil chan)]:\nmain.f()\n\n" +
		"goroutine 10 [chan send]:\nmain.g()\n"
	if n := parkedIn(traceback, "chan receive"); n != 2 {
		t.Errorf("%d goroutines receive, want 2", n)
	}
	if n := parkedIn(traceback, "chan send"); n != 1 {
		t.Errorf("%d goroutines send, want 1", n)
	}
}

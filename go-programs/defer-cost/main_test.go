package main

import "testing"

func TestMedianIsTheMiddleOrTheMeanOfTheTwo(t *testing.T) {
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("odd: %v", got)
	}
	if got := median([]float64{9, 1, 5, 2}); got != 3.5 {
		t.Errorf("even: %v", got)
	}
}

func TestEveryFormMakesTheSameCalls(t *testing.T) {
	for _, at := range places() {
		for name, forms := range map[string]pair{
			"call": at.call, "conditional": at.conditional, "lock": at.lock, "loop": at.loop, "nine": at.nine,
		} {
			direct, deferred := counter{on: true}, counter{on: true}
			forms.direct(&direct, row*nine)
			forms.deferred(&deferred, row*nine)
			if direct.calls != row*nine || deferred.calls != row*nine {
				t.Errorf("%s: %d calls directly, %d deferred", name, direct.calls, deferred.calls)
			}
		}
	}
}

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
	for name, forms := range map[string][2]func(*counter){
		"call":        {callDirectly, callDeferred},
		"conditional": {callOnCondition, deferOnCondition},
		"lock":        {unlockDirectly, unlockDeferred},
		"nine":        {callNine, deferNine},
		"loop":        {func(c *counter) { callInLoop(c, row) }, func(c *counter) { deferInLoop(c, row) }},
	} {
		direct, deferred := counter{on: true}, counter{on: true}
		forms[0](&direct)
		forms[1](&deferred)
		if direct.calls == 0 || direct.calls != deferred.calls {
			t.Errorf("%s: %d calls directly, %d deferred", name, direct.calls, deferred.calls)
		}
	}
}

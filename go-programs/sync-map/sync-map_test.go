package main

import "testing"

func TestStoresAgree(t *testing.T) {
	for _, s := range []store{&syncMap{}, &rwMutexMap{m: map[int]int{}}, &mutexMap{m: map[int]int{}}} {
		s.put(1, 2)
		s.put(3, 4)
		s.remove(3)
		if value, ok := s.load(1); !ok || value != 2 {
			t.Errorf("%T: %d, %v", s, value, ok)
		}
		if _, ok := s.load(3); ok {
			t.Errorf("%T still has what was removed", s)
		}
	}
}

func TestPlanKeepsKeysApart(t *testing.T) {
	workers, keys, writes := 4, 1000, 50
	w := plan(1, settings{&workers, &keys, &writes}, job{writes: 50, disjoint: true})
	puts, removes := 0, 0
	for g, operations := range w.workers {
		for _, op := range operations {
			if int(op.key)/250 != g {
				t.Fatalf("worker %d has key %d", g, op.key)
			}
			if op.kind == put {
				puts++
			}
			if op.kind == remove {
				removes++
			}
		}
	}
	if share := float64(puts) / planOps; share < 0.49 || share > 0.51 || removes != 0 {
		t.Errorf("%v puts, %d removes", share, removes)
	}
}

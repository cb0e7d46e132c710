package main

import (
	"testing"
)

func TestEverySourceGivesTheSameBytes(t *testing.T) {
	piece := make([]byte, 64)
	for i := range piece {
		piece[i] = 7
	}
	for _, impl := range []string{"fresh", "sized", "pool"} {
		s := sourceNamed(impl, 1024)
		for i := 0; i < 2; i++ {
			if got := checksum(s, piece); got != 7*1024 {
				t.Errorf("%s: %d", impl, got)
			}
			if got := s.use(piece); got != 1024+7 {
				t.Errorf("%s: %d", impl, got)
			}
		}
	}
}

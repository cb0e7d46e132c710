package main

import "testing"

func TestWritesHaveTheirShareForEveryGoroutine(t *testing.T) {
	for which := 0; which < 8; which++ {
		for _, reads := range []int{0, 50, 99, 100} {
			writes := 0
			for i := 0; i < 100; i++ {
				if isWrite(i, which, reads) {
					writes++
				}
			}
			if writes != 100-reads {
				t.Errorf("goroutine %d writes %d times, not %d", which, writes, 100-reads)
			}
		}
	}
}

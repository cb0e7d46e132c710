package pool

import "testing"

func FuzzRun(f *testing.F) {
	f.Add(byte(1))
	f.Fuzz(func(t *testing.T, jobs byte) {
		// A count that is wrong is no failure here: only the race detector may find one.
		_ = Run(jobs)
	})
}

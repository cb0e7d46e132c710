package pool

import "testing"

func FuzzRun(f *testing.F) {
	f.Add(byte(1))
	f.Fuzz(func(t *testing.T, jobs byte) {
		if done := Run(jobs); done != int(jobs) {
			t.Errorf("%d of %d jobs done", done, jobs)
		}
	})
}

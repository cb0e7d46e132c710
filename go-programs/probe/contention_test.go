package probe

import (
	"runtime"
	"testing"
)

func TestBatchInWhichTheOthersNeverCameDoesNotCount(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	ns, sound := Contend(2, func(g *Gate) { g.Enter() })
	if sound {
		t.Errorf("one of two came, and the batch of %g ns counts", ns)
	}
}

func TestGateForOneLetsItPassAtOnce(t *testing.T) {
	g := newGate(1)
	g.Enter()
	if g.late != 0 || g.begun == 0 {
		t.Errorf("late %d, begun at %d", g.late, g.begun)
	}
}

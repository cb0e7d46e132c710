package probe

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
)

// Where goroutines are to compete, they must run at the same time. On a machine that is busy with
// other things a batch may pass on one processor alone, and would show a lock without contention. So
// each batch is looked at: did all processors begin, and did the program's threads wait for one?
const (
	// patience is how long a goroutine waits at the gate for the others, in ns.
	patience = 2000000
	// delayShare is the part of a batch that threads may wait for a processor.
	delayShare = 0.1
	// ContentionAttempts is how many batches of Contend are worth trying for one that counts.
	ContentionAttempts = 4
)

// Gate lets goroutines begin together: the first ones wait until as many are there as there are
// processors, so that none has done its share before the second processor is awake.
type Gate struct {
	need, arrived, late int32
	begun               int64
}

func newGate(n int) *Gate {
	if processors := runtime.GOMAXPROCS(0); n > processors {
		n = processors
	}
	return &Gate{need: int32(n)}
}

// Enter waits for the others.
func (g *Gate) Enter() {
	atomic.AddInt32(&g.arrived, 1)
	for start := Now(); atomic.LoadInt32(&g.arrived) < g.need; {
		if Now()-start > patience {
			atomic.StoreInt32(&g.late, 1)
			break
		}
	}
	atomic.CompareAndSwapInt64(&g.begun, 0, Now())
}

// Contend has n goroutines work, which enter the gate, and returns how long that takes from there, in
// ns, and whether they had their processors.
func Contend(n int, work func(*Gate)) (ns float64, sound bool) {
	g := newGate(n)
	before := runDelay()
	work(g)
	ns = float64(Now() - g.begun)
	return ns, g.late == 0 && runDelay()-before <= delayShare*ns
}

// runDelay is how long the threads of this process have been ready without a processor, in ns; 0
// where the kernel does not tell.
func runDelay() float64 {
	sum := 0.0
	files, _ := filepath.Glob("/proc/self/task/*/schedstat")
	for _, file := range files {
		// A thread may have ended since.
		text, _ := os.ReadFile(file)
		if fields := strings.Fields(string(text)); len(fields) == 3 {
			ns, _ := strconv.ParseFloat(fields[1], 64)
			sum += ns
		}
	}
	return sum
}

package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"harness/go-programs/probe"
)

func TestPageCycleVisitsEveryPageOnce(t *testing.T) {
	const n = 100
	next := pageCycle(probe.NewRand(7), n)
	seen := make(map[int]bool)
	page := 0
	for i := 0; i < n; i++ {
		page = next[page]
		seen[page] = true
	}
	if len(seen) != n || page != 0 {
		t.Errorf("one round reads %d of %d pages and ends at %d, want 0", len(seen), n, page)
	}
}

func TestChaseAddsUpEveryPage(t *testing.T) {
	const n = 70
	memory := mapPages(n)
	for i, next := range pageCycle(probe.NewRand(1), n) {
		*word(memory, i) = uint64(next)
	}
	if got := chase(memory, n); got != n*(n-1)/2 {
		t.Errorf("sum is %d, want %d", got, n*(n-1)/2)
	}
}

func TestNearestPowerOfTwo(t *testing.T) {
	for x, want := range map[float64]int64{0: 0, 2048: 2048, 2100: 2048, 1990: 2048, 4300: 4096, 8192.5: 8192} {
		if got := nearestPowerOfTwo(x); got != want {
			t.Errorf("%v gives %d, want %d", x, got, want)
		}
	}
}

func TestGrowEndsAtUnitsWithoutGaps(t *testing.T) {
	last, steps := 0, 0
	grow(1001, func(from, to int) {
		if from != last {
			t.Errorf("step %d starts at %d, want %d", steps, from, last)
		}
		last, steps = to, steps+1
	})
	if last != 1001 || steps != growthSteps {
		t.Errorf("%d steps end at %d", steps, last)
	}
}

func TestDeepGoroutinesGrowToTheSizeAskedFor(t *testing.T) {
	const n, kib = 512, 8
	before := stackInuse()
	release := make(chan struct{})
	defer close(release)
	startParked(n, release, kib)
	if got := nearestPowerOfTwo((stackInuse() - before) / n); got != kib<<10 {
		t.Errorf("%d KiB asked for, %d bytes got", kib, got)
	}
}

func TestTurnsAreCounted(t *testing.T) {
	if got := yieldTurns(100); got != 100 {
		t.Errorf("yield: %d", got)
	}
	if got := channelTurns(100, func() {}); got != 100 {
		t.Errorf("channel: %d", got)
	}
	if got := pipeTurns(100, firstCPU()); got != 100 {
		t.Errorf("pipe: %d", got)
	}
}

func TestGroupFolder(t *testing.T) {
	for text, want := range map[string]string{
		"8:pids:/a\n0::/\n":    "/sys/fs/cgroup/pids/a",
		"0::/user.slice/b\n":   "/sys/fs/cgroup/user.slice/b",
		"4:memory:/x\n0::/\n":  "/sys/fs/cgroup/",
		"":                     "/sys/fs/cgroup",
		"1:cpu:/\n9:name=c:/d": "/sys/fs/cgroup",
	} {
		if got := groupFolder(text); got != want {
			t.Errorf("%q gives %s, want %s", text, got, want)
		}
	}
}

func TestGobufHasAStackPointerAndAProgramCounter(t *testing.T) {
	// The binary of a test has no debug information: go test leaves it out.
	program := filepath.Join(t.TempDir(), "program")
	if output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	fields, err := structFields(program, "runtime.gobuf")
	if err != nil {
		t.Fatal(err)
	}
	has := make(map[string]bool)
	for _, f := range fields {
		has[f] = true
	}
	if !has["sp"] || !has["pc"] {
		t.Errorf("runtime.gobuf is %v", fields)
	}
}

package probe

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play the child.
func TestMain(m *testing.M) {
	switch os.Getenv("PROBE_TEST_CHILD") {
	case "panic":
		panic("left\nright")
	case "deadlock":
		fmt.Println("before")
		var m map[string]int
		m["x"] = 1
	case "exit":
		os.Exit(66)
	case "sleep":
		time.Sleep(time.Minute)
	case "fine":
		fmt.Print(os.Getenv("PROBE_TEST_GONE"), os.Getenv(holdVariable))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestFate(t *testing.T) {
	t.Setenv("PROBE_TEST_GONE", "here")
	t.Setenv(holdVariable, "1")
	for mode, want := range map[string]string{
		"panic":    "panic: left",
		"deadlock": "panic: assignment to entry in nil map",
		"exit":     "exit 66",
		"fine":     "finished",
	} {
		child := RunChild(30*time.Second, []string{"PROBE_TEST_CHILD=" + mode, "PROBE_TEST_GONE="})
		if got := child.Fate(); got != want {
			t.Errorf("%s: got %q, want %q", mode, got, want)
		}
		if mode == "fine" && child.Stdout != "" {
			t.Errorf("variables were not taken out: %q", child.Stdout)
		}
	}
	child := RunChild(50*time.Millisecond, []string{"PROBE_TEST_CHILD=sleep"})
	if got := child.Fate(); got != "still running" {
		t.Errorf("got %q", got)
	}
}

func TestReturns(t *testing.T) {
	if !Returns(30*time.Second, func() {}) {
		t.Error("an empty function does not return")
	}
	if Returns(20*time.Millisecond, func() { select {} }) {
		t.Error("an empty select returns")
	}
}

func TestPanics(t *testing.T) {
	if got := Panics(func() {}); got != "" {
		t.Errorf("got %q", got)
	}
	if got := Panics(func() { var p *int; *p = 1 }); !strings.Contains(got, "nil pointer") {
		t.Errorf("got %q", got)
	}
}

func TestAllocations(t *testing.T) {
	var keep []byte
	objects, bytes := Allocations(100, func() { keep = make([]byte, 1024) })
	Keep(keep)
	if objects < 1 || objects > 1.5 || bytes < 1024 || bytes > 2048 {
		t.Errorf("got %v objects, %v bytes", objects, bytes)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"

	"harness/go-programs/probe"
)

// childTime is far more than any child needs.
const childTime = 30 * time.Second

// traceLine is a line of GODEBUG=gctrace=1. Its first and third clock field are the pauses; the
// format may change, so only what is needed is matched.
var traceLine = regexp.MustCompile(`(?m)^gc \d+ @[\d.]+s \d+%: [\d.]+\+[\d.]+\+[\d.]+ ms clock, `)

// observe compares what both ways of watching the collector tell of 50 forced cycles.
func observe(p *probe.Probe) {
	child := runChild([]string{"GODEBUG=gctrace=1"}, "--case=forced")
	if child.err != nil {
		fail("the child failed: %v: %s", child.err, child.stderr)
	}
	cycles := outcome(child.stdout, "cycles")
	// The child runs one more cycle before it counts.
	lines := len(traceLine.FindAll(child.stderr, -1))
	p.Outcome("trace-line-a-cycle", cycles > 0 && lines >= int(cycles) && lines <= int(cycles)+2)
	has := func(name string) bool { return probe.ReadRuntimeHistogram(name).Supported() }
	p.Outcome("has-sched-pauses", has(pauseMetrics[0]))
	p.Outcome("has-gc-pauses", has(pauseMetrics[1]))
	p.Outcome("has-pause-metric", has(pauseMetrics[0]) || has(pauseMetrics[1]))
}

// outOfMemory runs children whose data the kernel caps and that allocate three times as much.
func outOfMemory(p *probe.Probe, s settings) {
	run := func(keep bool, env ...string) string {
		return runChild(env, "--case=capped", fmt.Sprintf("--keep=%t", keep),
			fmt.Sprintf("--cap-mib=%d", *s.capMiB), fmt.Sprintf("--alloc-mib=%d", 3**s.capMiB)).fate()
	}
	limit := fmt.Sprintf("GOMEMLIMIT=%dMiB", *s.capMiB/2)
	p.Outcome("dropped", run(false))
	p.Outcome("dropped-gogc-off", run(false, "GOGC=off"))
	p.Outcome("dropped-gogc-off-limit", run(false, "GOGC=off", limit))
	p.Outcome("kept", run(true))
	p.Outcome("kept-limit", run(true, limit))
}

// capped allocates under a cap of the kernel, as a container would have one.
func capped(p *probe.Probe, s settings) {
	if err := capData(uint64(*s.capMiB) * mib); err != nil {
		fail("cannot cap memory: %v", err)
	}
	var kept [][]byte
	var sum uint64
	for i := s.total() * mib / shortLivedBytes; i > 0; i-- {
		b := allocate(shortLivedBytes)
		sum += touch(b)
		if *s.keep {
			kept = append(kept, b)
		}
	}
	runtime.KeepAlive(kept)
	p.Check(fmt.Sprint(sum))
}

type childResult struct {
	stdout, stderr []byte
	err            error
}

// fate is how the child ended, in words.
func (c childResult) fate() string {
	if c.err == nil {
		return "finished"
	}
	var exit *exec.ExitError
	if errors.As(c.err, &exit) && exit.ExitCode() == 2 && bytes.Contains(c.stderr, []byte("fatal error: ")) {
		for _, words := range []string{"out of memory", "cannot allocate memory", "cannot map pages"} {
			if bytes.Contains(c.stderr, []byte(words)) {
				return "out of memory"
			}
		}
	}
	return c.err.Error()
}

// runChild runs this program again. The collector's variables are those given, whatever the parent has.
func runChild(env []string, args ...string) childResult {
	path, err := os.Executable()
	if err != nil {
		fail("cannot find the program's own file: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), childTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	for _, variable := range os.Environ() {
		switch name, _, _ := strings.Cut(variable, "="); name {
		case "GOGC", "GOMEMLIMIT", "GODEBUG", "HARNESS_HOLD":
		default:
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return childResult{stdout.Bytes(), stderr.Bytes(), err}
}

// outcome reads an integer outcome of a child; -1 where there is none.
func outcome(stdout []byte, key string) int64 {
	for _, line := range bytes.Split(stdout, []byte("\n")) {
		var record struct {
			Key   string
			Value json.Number
		}
		if json.Unmarshal(line, &record) == nil && record.Key == key {
			if n, err := record.Value.Int64(); err == nil {
				return n
			}
		}
	}
	return -1
}

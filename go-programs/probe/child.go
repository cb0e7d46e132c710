package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// Child is a second process of this program and how it ended. Cases that crash, exit or block for
// ever run in one: the parent lives to tell.
type Child struct {
	// Stdout and Stderr are all that it wrote.
	Stdout, Stderr string
	// ExitCode is -1 where a signal ended it.
	ExitCode int
	// TimedOut says that it still ran at its limit and was killed.
	TimedOut bool
	// Took is its life.
	Took time.Duration
	err  error
}

// RunChild runs this program again with args (usually --case=...) and waits at most limit. The
// child has the environment of its parent with env (NAME=value) on top; NAME= alone takes a variable
// out. A child that can't be started ends the parent.
func RunChild(limit time.Duration, env []string, args ...string) Child {
	path, err := os.Executable()
	if err != nil {
		fatal("cannot find the program's own file: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = environment(env)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err = cmd.Run()
	child := Child{
		Stdout: stdout.String(), Stderr: stderr.String(), ExitCode: cmd.ProcessState.ExitCode(),
		TimedOut: ctx.Err() != nil, Took: time.Since(start), err: err,
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !child.TimedOut {
		fatal("cannot run the program again: %v", err)
	}
	return child
}

func environment(changes []string) []string {
	changed := map[string]bool{holdVariable: true}
	for _, change := range changes {
		changed[strings.SplitN(change, "=", 2)[0]] = true
	}
	var kept []string
	for _, variable := range os.Environ() {
		if !changed[strings.SplitN(variable, "=", 2)[0]] {
			kept = append(kept, variable)
		}
	}
	for _, change := range changes {
		if !strings.HasSuffix(change, "=") {
			kept = append(kept, change)
		}
	}
	return kept
}

var (
	panicLine = regexp.MustCompile(`(?m)^panic: (.*)$`)
	fatalLine = regexp.MustCompile(`(?m)^fatal error: (.*)$`)
)

// Fate is the child's end in words that hold on every release: "finished", "panic: MESSAGE",
// "fatal error: MESSAGE", "exit N", "still running", or the signal. Addresses and goroutine numbers
// that a message may have stay as they are.
func (c Child) Fate() string {
	switch {
	case c.TimedOut:
		return "still running"
	case c.err == nil:
		return "finished"
	case c.ExitCode == 2:
		if m := fatalLine.FindStringSubmatch(c.Stderr); m != nil {
			return "fatal error: " + m[1]
		}
		if m := panicLine.FindStringSubmatch(c.Stderr); m != nil {
			return "panic: " + m[1]
		}
	}
	if c.ExitCode >= 0 {
		return fmt.Sprintf("exit %d", c.ExitCode)
	}
	return c.err.Error()
}

// Returns reports whether f returns within limit. Where it does not, its goroutine is left behind:
// that is what "blocks for ever" is judged by, beside the same f with the blocker removed.
func Returns(limit time.Duration, f func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// Panics runs f and returns what it panicked with, as text; "" where it did not panic.
func Panics(f func()) (message string) {
	defer func() {
		if r := recover(); r != nil {
			message = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}

func fatal(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

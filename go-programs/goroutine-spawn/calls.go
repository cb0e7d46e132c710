package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"harness/go-programs/probe"
)

const (
	// traceTime is far more than a traced child needs.
	traceTime = 15 * time.Second
	// exitKill ends the child with its tracer; package syscall has no name for it.
	exitKill = 0x100000
	// callStop marks a stop at a system call, as PTRACE_O_TRACESYSGOOD has it.
	callStop = syscall.SIGTRAP | 0x80
)

// switchCalls counts the system calls that a hand-over makes: those of a child with many hand-overs
// beyond those of a child with few.
func switchCalls(p *probe.Probe, by string, switches int) {
	few := switches / 100
	less, err := systemCalls(by, few)
	if err == nil {
		var more int
		if more, err = systemCalls(by, switches); err == nil {
			p.Value("system-calls", probe.One, float64(more-less)/float64(switches-few))
		}
	}
	if err != nil {
		p.Absent("system-calls", probe.One, err.Error())
	}
	p.Check(strconv.Itoa(switches))
}

// takeTurns is the child.
func takeTurns(p *probe.Probe, by string, switches int) {
	n := uint64(switches)
	switch by {
	case "yield":
		n = yieldTurns(n)
	case "channel":
		n = channelTurns(n, func() {})
	case "park":
		n = channelTurns(n, runtime.LockOSThread)
	default:
		fatal("take-turns", fmt.Errorf("--by=%s is neither yield nor channel nor park", by))
	}
	p.Check(strconv.FormatUint(n, 10))
}

// systemCalls runs the child and stops it at each system call of each of its threads.
func systemCalls(by string, switches int) (int, error) {
	// All requests to a traced process come from the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	path, err := os.Executable()
	if err != nil {
		return 0, err
	}
	child := exec.Command(path, "--case=take-turns", "--by="+by, "--switches="+strconv.Itoa(switches))
	child.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := child.Start(); err != nil {
		return 0, fmt.Errorf("this system lets no process be traced: %w", err)
	}
	pid := child.Process.Pid
	timer := time.AfterFunc(traceTime, func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	defer timer.Stop()
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WALL, nil); err != nil {
		return 0, err
	}
	options := syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | exitKill
	if err := syscall.PtraceSetOptions(pid, options); err != nil {
		return 0, err
	}
	if err := syscall.PtraceSyscall(pid, 0); err != nil {
		return 0, err
	}
	calls := 0
	inside := map[int]bool{}
	for {
		thread, err := syscall.Wait4(-1, &status, syscall.WALL, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return 0, err
		case thread == pid && status.Exited() && status.ExitStatus() == 0:
			return calls, nil
		case thread == pid && (status.Exited() || status.Signaled()):
			return 0, fmt.Errorf("the traced child failed or took too long")
		case !status.Stopped():
			continue
		}
		deliver := 0
		switch signal := status.StopSignal(); signal {
		case callStop:
			// Each call stops twice, before and after.
			if inside[thread] = !inside[thread]; inside[thread] {
				calls++
			}
		case syscall.SIGTRAP, syscall.SIGSTOP:
			// A new thread, which the tracer sees from both sides.
		default:
			deliver = int(signal)
		}
		// A thread that is gone by now has nothing to go on with.
		_ = syscall.PtraceSyscall(thread, deliver)
	}
}

package main

import "syscall"

// capData lets the process have limit bytes of data. RLIMIT_AS would not do: the runtime reserves
// much more address space than it uses, and a reservation counts there.
func capData(limit uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: limit, Max: limit})
}

// Package pool has a pool of workers with a race that only shows under load.
package pool

import "sync"

// busy is from how many jobs on the workers count without the lock.
const busy = 200

// Run has two workers do jobs and returns how many were done.
func Run(jobs byte) int {
	var mu sync.Mutex
	done := 0
	var running sync.WaitGroup
	for worker := 0; worker < 2; worker++ {
		running.Add(1)
		go func(first int) {
			defer running.Done()
			for job := first; job < int(jobs); job += 2 {
				if jobs >= busy {
					done++
					continue
				}
				mu.Lock()
				done++
				mu.Unlock()
			}
		}(worker)
	}
	running.Wait()
	return done
}

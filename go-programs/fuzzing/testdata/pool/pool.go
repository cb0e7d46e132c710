// Package pool has a worker pool with a fault that only some numbers of jobs bring out.
package pool

import "sync"

// Run has workers do jobs and returns how many were done. With 42 jobs two workers close the results.
func Run(jobs byte) int {
	results := make(chan struct{}, jobs)
	var running sync.WaitGroup
	for worker := 0; worker < 2; worker++ {
		running.Add(1)
		go func(first int) {
			defer running.Done()
			for job := first; job < int(jobs); job += 2 {
				results <- struct{}{}
			}
			if jobs == 42 {
				close(results)
			}
		}(worker)
	}
	running.Wait()
	return len(results)
}

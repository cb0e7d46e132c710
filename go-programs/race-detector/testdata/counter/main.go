package main

import "sync"

// Count adds from two goroutines, without any order between them.
func Count() int {
	n := 0
	var wg sync.WaitGroup
	wg.Add(2)
	for i := 0; i < 2; i++ {
		go func() {
			defer wg.Done()
			n++
		}()
	}
	wg.Wait()
	return n
}

func main() { println(Count()) }

package main

import "sync"

func worker(wg sync.WaitGroup) {
	defer wg.Done()
}

func main() {
	var wg sync.WaitGroup
	wg.Add(2)
	go worker(wg)
	go worker(wg)
	wg.Wait()
}

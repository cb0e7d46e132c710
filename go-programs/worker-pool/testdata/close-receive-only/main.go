package main

func consume(results <-chan int) {
	for range results {
		break
	}
	close(results)
}

func main() { consume(make(chan int)) }

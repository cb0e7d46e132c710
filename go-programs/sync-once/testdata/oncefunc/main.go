package main

import "sync"

func main() {
	sync.OnceFunc(func() {})()
	_ = sync.OnceValue(func() int { return 1 })()
	_, _ = sync.OnceValues(func() (int, error) { return 1, nil })()
}

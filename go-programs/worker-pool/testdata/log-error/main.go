package main

import "log"

func work() {
	defer func() {
		if reason := recover(); reason != nil {
			log.Error(reason)
		}
	}()
	panic("bad job")
}

func main() { work() }

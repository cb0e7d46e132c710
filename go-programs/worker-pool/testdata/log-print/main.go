package main

import "log"

func work() {
	defer func() {
		if reason := recover(); reason != nil {
			log.Print(reason)
		}
	}()
	panic("bad job")
}

func main() { work() }

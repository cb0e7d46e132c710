package main

import "sync"

var once sync.Once

func load() {}

func use() { once.Do(load) }

func main() { use() }

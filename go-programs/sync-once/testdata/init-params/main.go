package main

func init(path string) {}

func main() {}

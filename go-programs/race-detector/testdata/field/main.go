package main

type config struct{ path string }

func main() {
	c := &config{}
	go func() { c.path = "a" }()
	println(c.path)
}

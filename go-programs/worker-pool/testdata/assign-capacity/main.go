package main

func main() {
	slots := make(chan struct{}, 4)
	cap(slots) = 8
}

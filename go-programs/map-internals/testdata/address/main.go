// Package main takes the address of a map's value.
package main

func main() {
	ages := map[string]int{"ann": 31}
	age := &ages["ann"]
	*age = 32
}

// Command dropped drops an error in three ways.
package main

import "os"

func fails() error { return os.ErrNotExist }

func value() (int, error) { return 0, os.ErrNotExist }

func main() {
	fails()
	_ = fails()
	n, _ := value()
	println(n)
}

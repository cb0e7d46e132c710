// Command unused gives an error a name and does not look at it.
package main

import "os"

func value() (int, error) { return 0, os.ErrNotExist }

func main() {
	n, err := value()
	println(n)
}

// Set-max-stack calls the function by the name of its package.
package main

import "runtime/debug"

func main() { debug.SetMaxStack(1 << 20) }

// Set-max-stack-as-written takes debug for a member of package runtime.
package main

import "runtime"

func main() { runtime.debug.SetMaxStack(1 << 20) }

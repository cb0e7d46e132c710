//go:build go1.23

package main

// collectable says that this release frees timers that nobody refers to any more.
const collectable = true

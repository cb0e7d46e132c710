//go:build !go1.26

package main

import "harness/go-programs/probe"

// asType is not there before Go 1.26.
func asType(*probe.Probe, error) {}

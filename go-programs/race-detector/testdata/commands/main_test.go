package main

import "testing"

func TestCount(t *testing.T) { Count() }

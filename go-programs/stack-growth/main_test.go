package main

import "testing"

func TestTellsStacksThatDouble(t *testing.T) {
	double := []uintptr{1900, 3900, 8000, 16300, 32700, 65400, 131000, 262000, 524100, 1048500}
	if !doubles(double) {
		t.Error("these double")
	}
	half := append([]uintptr(nil), double...)
	half[8] += half[7] / 2
	if doubles(half) {
		t.Error("one of these does not")
	}
	if doubles(double[:5]) {
		t.Error("these are too few")
	}
}

func TestReadsTheLastWordsOfAnOverflow(t *testing.T) {
	words := "runtime: goroutine stack exceeds 1048576-byte limit\nruntime: sp=0xc000480350 stack=[0xc000480000, 0xc000500000]\nfatal error: stack overflow\n"
	if got := limitIn(words); got != "1048576" {
		t.Errorf("limit %s", got)
	}
	if got, err := stackIn(words); got != 512*kib || err != nil {
		t.Errorf("stack of %d, %v", got, err)
	}
	if _, err := stackIn("panic"); err == nil {
		t.Error("a stack was read where there is none")
	}
}

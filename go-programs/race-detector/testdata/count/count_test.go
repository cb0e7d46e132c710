package count

import "testing"

var runs int

func TestRun(t *testing.T) {
	runs++
	if runs == 100 {
		t.Errorf("this is run %d", runs)
	}
	if runs == 101 {
		t.Error("this is one too many")
	}
}

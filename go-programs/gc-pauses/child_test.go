package main

import "testing"

// The first line is of Go 1.21, the second of Go 1.26.
func TestReadsTraceLinesOfSeveralReleases(t *testing.T) {
	for _, line := range []string{
		"gc 51 @0.021s 17%: 0.054+0.062+0 ms clock, 0.10+0/0.059/0.046+0.001 ms cpu, 0->0->0 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P (forced)",
		"gc 14 @4.493s 41%: 2.5+272+0.18 ms clock, 5.1+139/146/0+0.37 ms cpu, 164->192->92 MB, 192 MB goal, 0 MB stacks, 0 MB globals, 2 P",
	} {
		if !traceLine.MatchString(line) {
			t.Errorf("not read as a line of a cycle: %s", line)
		}
	}
	if traceLine.MatchString("scvg: 0 MB released") {
		t.Error("a line of another kind was read as one of a cycle")
	}
}

func TestReadsAnOutcomeOfAChild(t *testing.T) {
	stdout := []byte("{\"type\":\"hello\"}\n{\"type\":\"outcome\",\"key\":\"pauses\",\"value\":100}\nnot JSON\n")
	if got := outcome(stdout, "pauses"); got != 100 {
		t.Errorf("pauses is %d, not 100", got)
	}
	if got := outcome(stdout, "cycles"); got != -1 {
		t.Errorf("an outcome that is not there is %d, not -1", got)
	}
}

package main

import "testing"

func TestInOrderNeedsEveryPartInItsPlace(t *testing.T) {
	for _, test := range []struct {
		parts []string
		want  bool
	}{
		{[]string{"a", "b"}, true},
		{[]string{"b", "a"}, false},
		{[]string{"a", "c"}, false},
	} {
		if got := inOrder("-a-b-", test.parts...); got != test.want {
			t.Errorf("inOrder(%q) = %v", test.parts, got)
		}
	}
}

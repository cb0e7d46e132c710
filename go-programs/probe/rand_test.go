package probe

import (
	"reflect"
	"testing"
)

// The same numbers stand in rust-equivalents/src/rand.rs.
func TestOutputsAreThoseOfTheRustSide(t *testing.T) {
	r := NewRand(1234567)
	for _, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := r.Uint64(); got != want {
			t.Errorf("Uint64() = %d, want %d", got, want)
		}
	}
	r = NewRand(7)
	for _, want := range []uint64{38, 1, 90, 58, 45, 24} {
		if got := r.Below(100); got != want {
			t.Errorf("Below(100) = %d, want %d", got, want)
		}
	}
	if got := r.Float64(); got != 0.46795300422287345 {
		t.Errorf("Float64() = %v", got)
	}
	items := []int{0, 1, 2, 3, 4, 5, 6, 7}
	r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	if want := []int{4, 1, 5, 3, 6, 7, 0, 2}; !reflect.DeepEqual(items, want) {
		t.Errorf("Shuffle gave %d, want %d", items, want)
	}
}

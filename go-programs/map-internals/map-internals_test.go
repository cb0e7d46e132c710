package main

import (
	"reflect"
	"testing"
)

func TestFormOfBothKindsOfGroups(t *testing.T) {
	type bucket struct {
		topbits  [8]uint8
		keys     [8]int64
		elems    [8]int8
		overflow uintptr
	}
	type slot struct {
		key  int64
		elem int8
	}
	type group struct {
		ctrl  uint64
		slots [8]slot
	}
	old := form{slots: 8, bytes: 88, tagBytes: 8, tagsFirst: true, apart: true, overflow: true}
	if got := formOf(reflect.TypeOf(bucket{})); got != old {
		t.Errorf("bucket: %+v, want %+v", got, old)
	}
	swiss := form{slots: 8, bytes: 136, tagBytes: 8, tagsFirst: true}
	if got := formOf(reflect.TypeOf(group{})); got != swiss {
		t.Errorf("group: %+v, want %+v", got, swiss)
	}
}

func TestTagsOfAHash(t *testing.T) {
	if got := topBits(0xab00_0000_0000_0000); got != 0xab {
		t.Errorf("top bits %#x", got)
	}
	if got := topBits(0x0300_0000_0000_0000); got != 0x08 {
		t.Errorf("a low value is moved out of the way: %#x", got)
	}
	if got := lowBits(0xff); got != 0x7f {
		t.Errorf("low bits %#x", got)
	}
}

func TestOrdersAndFavoured(t *testing.T) {
	if got := orders(numbered(1), 10); len(got) != 1 {
		t.Errorf("%d orders of one key", len(got))
	}
	if got := favoured(numbered(1), 10); got != 1 {
		t.Errorf("one key comes first %v times as often as it should", got)
	}
}

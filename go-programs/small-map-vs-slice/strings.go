package main

import (
	"fmt"
	"slices"
	"sort"
)

type stringEntry struct {
	key   string
	value int
}

// ofStrings are the structures with strings of 16 bytes, made from the numbers, as keys.
func ofStrings(numbers, order []int) []structure {
	m := make(map[string]int, len(numbers))
	unsorted := make([]stringEntry, len(numbers))
	for i, number := range numbers {
		unsorted[i] = stringEntry{fmt.Sprintf("key-%012x", number), i}
		m[unsorted[i].key] = i
	}
	sorted := append([]stringEntry(nil), unsorted...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].key < sorted[j].key })
	keys := make([]string, len(sorted))
	for i, entry := range sorted {
		keys[i] = entry.key
	}
	// Copies: a key that comes in from outside is not the string that lies in the map.
	copies := make([]string, len(numbers))
	for i, entry := range unsorted {
		copies[i] = string(append([]byte(nil), entry.key...))
	}
	wanted := make([]string, len(order))
	for i, index := range order {
		wanted[i] = copies[index]
	}
	return []structure{
		{"map", func() (sum int) {
			for _, key := range wanted {
				sum += m[key]
			}
			return sum
		}},
		{"binary", func() (sum int) {
			for _, key := range wanted {
				sum += searchStrings(sorted, key)
			}
			return sum
		}},
		{"standard", func() (sum int) {
			for _, key := range wanted {
				if i, found := slices.BinarySearch(keys, key); found {
					sum += sorted[i].value
				}
			}
			return sum
		}},
		{"linear", func() (sum int) {
			for _, key := range wanted {
				sum += scanStrings(unsorted, key)
			}
			return sum
		}},
	}
}

// searchStrings is the value of key in entries that are sorted by key, 0 where it is missing.
func searchStrings(entries []stringEntry, key string) int {
	low, high := 0, len(entries)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if entries[middle].key < key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(entries) && entries[low].key == key {
		return entries[low].value
	}
	return 0
}

// scanStrings is the value of key, 0 where it is missing.
func scanStrings(entries []stringEntry, key string) int {
	for i := range entries {
		if entries[i].key == key {
			return entries[i].value
		}
	}
	return 0
}

package main

import (
	"slices"
	"sort"
)

type intEntry struct{ key, value int }

// ofInts are the structures with the numbers as keys. order says which keys are looked up.
func ofInts(numbers, order []int) []structure {
	m := make(map[int]int, len(numbers))
	unsorted := make([]intEntry, len(numbers))
	for i, number := range numbers {
		m[number] = i
		unsorted[i] = intEntry{number, i}
	}
	sorted := append([]intEntry(nil), unsorted...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].key < sorted[j].key })
	keys := make([]int, len(sorted))
	for i, entry := range sorted {
		keys[i] = entry.key
	}
	wanted := make([]int, len(order))
	for i, index := range order {
		wanted[i] = numbers[index]
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
				sum += searchInts(sorted, key)
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
				sum += scanInts(unsorted, key)
			}
			return sum
		}},
	}
}

// searchInts is the value of key in entries that are sorted by key, 0 where it is missing.
func searchInts(entries []intEntry, key int) int {
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

// scanInts is the value of key, 0 where it is missing.
func scanInts(entries []intEntry, key int) int {
	for i := range entries {
		if entries[i].key == key {
			return entries[i].value
		}
	}
	return 0
}

// Package assign writes one value of a map.
package assign

// Value makes value m's value for key.
func Value(m map[uint64]uint64, key, value uint64) { m[key] = value }

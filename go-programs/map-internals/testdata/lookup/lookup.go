// Package lookup reads one value of a map.
package lookup

// Value is m's value for key.
func Value(m map[uint64]uint64, key uint64) uint64 { return m[key] }

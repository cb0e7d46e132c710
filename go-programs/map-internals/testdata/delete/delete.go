// Package remove takes one key out of a map.
package remove

// Key takes key out of m.
func Key(m map[uint64]uint64, key uint64) { delete(m, key) }

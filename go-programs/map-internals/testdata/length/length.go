// Package length asks for the number of a map's entries.
package length

// Of is the number of entries in m.
func Of(m map[uint64]uint64) int { return len(m) }

// Package iterate goes through a map.
package iterate

// Sum is the sum of m's values.
func Sum(m map[uint64]uint64) (sum uint64) {
	for _, value := range m {
		sum += value
	}
	return sum
}

package probe

import "math/bits"

// Rand is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). The Rust side has the same generator with
// the same outputs, so that the work of a pair, and its check, can be the same.
type Rand struct{ state uint64 }

// NewRand returns a generator that starts from seed.
func NewRand(seed uint64) *Rand { return &Rand{seed} }

// Uint64 returns the next 64 random bits.
func (r *Rand) Uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Below returns a number in [0, n), from one step of the generator: the high word of a
// multiplication, whose bias is below n/2^64. Below(0) is 0.
func (r *Rand) Below(n uint64) uint64 {
	high, _ := bits.Mul64(r.Uint64(), n)
	return high
}

// Float64 returns a number in [0, 1) with 53 random bits.
func (r *Rand) Float64() float64 { return float64(r.Uint64()>>11) / (1 << 53) }

// Shuffle orders n elements at random (Fisher and Yates, from the end).
func (r *Rand) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, int(r.Below(uint64(i)+1)))
	}
}

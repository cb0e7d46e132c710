package probe

import "math/bits"

// The layout of Histogram: values below 2^(subBits+1) have a bucket each, above that every power of
// two is cut into 2^subBits buckets of equal width. That is the layout of HdrHistogram.
const (
	subBits     = 7
	bucketCount = (64 - subBits) << subBits
	// bucketMask lets the compiler see that an index is in range.
	bucketMask = 1<<13 - 1
)

// Histogram counts non-negative integers in log-linear buckets, each at most 1/128 of its lower
// bound wide. All memory is allocated by NewHistogram. It is not safe for concurrent use: give each
// goroutine its own and Merge them.
type Histogram struct {
	metric string
	unit   Unit
	counts [bucketMask + 1]uint64
	total  uint64
	max    uint64
}

// NewHistogram returns an empty histogram of metric.
func NewHistogram(metric string, unit Unit) *Histogram {
	return &Histogram{metric: metric, unit: unit}
}

// Record counts one value. It does not allocate. It panics if value is negative: a latency below
// zero is an error of the program.
func (h *Histogram) Record(value int64) {
	if value < 0 {
		panic("probe: a histogram holds no negative value")
	}
	v := uint64(value)
	h.counts[bucketOf(v)&bucketMask]++
	h.total++
	if v > h.max {
		h.max = v
	}
}

// Merge adds the counts of other.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
	if other.max > h.max {
		h.max = other.max
	}
}

// Reset forgets all values, after a warm-up say.
func (h *Histogram) Reset() {
	h.counts = [bucketMask + 1]uint64{}
	h.total, h.max = 0, 0
}

// Total returns the number of values.
func (h *Histogram) Total() uint64 { return h.total }

// Max returns the largest value, exact; 0 if there is none.
func (h *Histogram) Max() int64 { return int64(h.max) }

// Quantile returns the upper bound of the bucket that holds the q-quantile (nearest rank), at most
// Max: 0 to 1/128 above the exact one. It is 0 if there are no values.
func (h *Histogram) Quantile(q float64) int64 {
	rank := uint64(q * float64(h.total))
	if float64(rank) < q*float64(h.total) {
		rank++
	}
	if rank == 0 {
		rank = 1
	}
	var seen uint64
	for i := 0; i < bucketCount; i++ {
		seen += h.counts[i]
		if seen >= rank {
			if upper := lowerBound(i+1) - 1; upper < h.max {
				return int64(upper)
			}
			break
		}
	}
	return int64(h.max)
}

// Histogram records h, with its exact maximum.
func (p *Probe) Histogram(h *Histogram) {
	bounds := make([]float64, bucketCount+1)
	for i := range bounds {
		bounds[i] = float64(lowerBound(i))
	}
	var max *float64
	if h.total > 0 {
		m := float64(h.max)
		max = &m
	}
	p.hist(h.metric, h.unit, bounds, h.counts[:bucketCount], max)
}

// bucketOf returns the index of the bucket that holds v.
func bucketOf(v uint64) int {
	shift := bits.Len64(v|(1<<(subBits+1)-1)) - (subBits + 1)
	return shift<<subBits + int(v>>uint(shift))
}

// lowerBound returns the smallest value of bucket i.
func lowerBound(i int) uint64 {
	if i < 1<<(subBits+1) {
		return uint64(i)
	}
	shift := i>>subBits - 1
	return uint64(i&(1<<subBits-1)|1<<subBits) << uint(shift)
}

package probe

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"
)

func TestBucketsAreThoseOfTheRustSide(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(fixtures, "buckets.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var cells []uint64
		for _, cell := range strings.Split(line, "\t") {
			n, err := strconv.ParseUint(cell, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			cells = append(cells, n)
		}
		i := bucketOf(cells[0])
		got := []uint64{cells[0], uint64(i), lowerBound(i), lowerBound(i + 1)}
		if !reflect.DeepEqual(got, cells) {
			t.Errorf("got %d, want %d", got, cells)
		}
		rows++
	}
	if rows <= 10 {
		t.Errorf("only %d rows", rows)
	}
}

func TestBucketsJoinWithoutGapAndAreNarrow(t *testing.T) {
	for i := 0; i < bucketCount; i++ {
		lower, upper := lowerBound(i), lowerBound(i+1)
		if bucketOf(lower) != i || bucketOf(upper-1) != i {
			t.Fatalf("bucket %d does not hold its ends %d and %d", i, lower, upper-1)
		}
		if upper-lower > 1 && (upper-lower)*128 > lower {
			t.Fatalf("bucket %d is wider than 1/128: [%d, %d)", i, lower, upper)
		}
	}
	if end := lowerBound(bucketCount); end != 1<<63 {
		t.Errorf("the last bucket ends at %d, want 2^63", end)
	}
}

func TestQuantilesAreAtMostABucketAboveTheExactOnes(t *testing.T) {
	rng := NewRand(11)
	left, right := NewHistogram("m", Nanoseconds), NewHistogram("m", Nanoseconds)
	values := make([]int64, 10000)
	for i := range values {
		bits := rng.Uint64()
		values[i] = int64(bits >> (24 + rng.Below(30)))
		if i%2 == 0 {
			left.Record(values[i])
		} else {
			right.Record(values[i])
		}
	}
	left.Merge(right)
	sort.Slice(values, func(i, j int) bool { return values[i] < values[j] })
	if left.Total() != 10000 || left.Max() != values[9999] {
		t.Errorf("total %d, max %d, want 10000 and %d", left.Total(), left.Max(), values[9999])
	}
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999, 1} {
		rank := int(math.Max(math.Ceil(q*10000), 1))
		exact, found := values[rank-1], left.Quantile(q)
		if found < exact || found-exact > exact/128 {
			t.Errorf("quantile %v is %d, exact %d", q, found, exact)
		}
	}
	left.Reset()
	if left.Total() != 0 || left.Quantile(0.5) != 0 {
		t.Error("Reset left values behind")
	}
}

func TestRunsOfEmptyBucketsAreMerged(t *testing.T) {
	inf := math.Inf(1)
	bounds := []float64{0, 1, 2, 3, 4, 5, 6, inf}
	for _, test := range []struct {
		counts     []uint64
		wantBounds []bound
		wantCounts []uint64
	}{
		{[]uint64{0, 0, 5, 0, 0, 7, 0}, []bound{2, 3, 5, 6}, []uint64{5, 0, 7}},
		{[]uint64{1, 0, 0, 0, 0, 0, 1}, []bound{0, 1, 6, bound(inf)}, []uint64{1, 0, 1}},
		{make([]uint64, 7), []bound{0}, []uint64{}},
	} {
		b, c := sparse(bounds, test.counts)
		if !reflect.DeepEqual(b, test.wantBounds) || !reflect.DeepEqual(c, test.wantCounts) {
			t.Errorf("%d: got %v %d, want %v %d", test.counts, b, c, test.wantBounds, test.wantCounts)
		}
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	h := NewHistogram("m", Nanoseconds)
	if n := testing.AllocsPerRun(100, func() { h.Record(12345) }); n != 0 {
		t.Errorf("%v allocations a value", n)
	}
}

func TestRecordRefusesNegativeValues(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("-1 was recorded")
		}
	}()
	NewHistogram("m", Nanoseconds).Record(-1)
}

func BenchmarkRecord(b *testing.B) {
	h := NewHistogram("m", Nanoseconds)
	for i := 0; i < b.N; i++ {
		h.Record(int64(i & 0xffff))
	}
}

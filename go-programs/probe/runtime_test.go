package probe

import (
	"math"
	"reflect"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
)

func TestBoundsInSecondsBecomeNanoseconds(t *testing.T) {
	got := scaleBounds([]float64{math.Inf(-1), 0, 6.4e-8, 1.28e-7, math.Inf(1)}, 1e9)
	want := []float64{math.Inf(-1), 0, 64, 128, math.Inf(1)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRuntimeHistIsTheDifferenceOfTwoSnapshots(t *testing.T) {
	bounds := []float64{math.Inf(-1), 0, 1e-6, math.Inf(1)}
	p := New("p")
	p.RuntimeHist("pause",
		RuntimeHistogram{"/x:seconds", &metrics.Float64Histogram{Counts: []uint64{0, 5, 2}, Buckets: bounds}},
		RuntimeHistogram{"/x:seconds", &metrics.Float64Histogram{Counts: []uint64{0, 9, 3}, Buckets: bounds}})
	want := `{"type":"hist","metric":"pause","unit":"ns","bounds":[0,1000,"+Inf"],"counts":[4,1]}` + "\n"
	if got := string(p.records[0].encoded()); got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestMetricThatTheReleaseLacksIsAbsent(t *testing.T) {
	p := New("p")
	none := ReadRuntimeHistogram("/no/such/thing:seconds")
	p.RuntimeHist("pause", none, none)
	want := `{"type":"value","metric":"pause","unit":"ns","absent":"/no/such/thing:seconds is not a histogram of this Go release"}` + "\n"
	if got := string(p.records[0].encoded()); got != want {
		t.Errorf("got %swant %s", got, want)
	}
	if _, ok := ReadRuntimeMetric("/no/such/thing:bytes"); ok {
		t.Error("a metric that does not exist has a value")
	}
}

func TestSnapshotsShareNoMemory(t *testing.T) {
	const name = "/gc/heap/allocs-by-size:bytes"
	sum := func(r RuntimeHistogram) (n uint64) {
		for _, count := range r.hist.Counts {
			n += count
		}
		return n
	}
	before := ReadRuntimeHistogram(name)
	if !before.Supported() {
		t.Fatalf("%s is not supported", name)
	}
	early := sum(before)
	for i := 0; i < 1000; i++ {
		runtime.KeepAlive(make([]byte, 100000))
	}
	after := ReadRuntimeHistogram(name)
	if sum(before) != early {
		t.Error("a later snapshot changed an earlier one")
	}
	if sum(after) < early {
		t.Errorf("%d allocations after, %d before", sum(after), early)
	}
}

func TestScalarMetrics(t *testing.T) {
	before, ok := ReadRuntimeMetric("/gc/cycles/total:gc-cycles")
	runtime.GC()
	after, _ := ReadRuntimeMetric("/gc/cycles/total:gc-cycles")
	if !ok || after <= before {
		t.Errorf("%v cycles after a collection, %v before (%v)", after, before, ok)
	}
}

func TestProcStatusReadsSizesInBytesAndCountsAsTheyAre(t *testing.T) {
	text := strings.Join([]string{"Name:\tselftest", "VmHWM:\t    2048 kB", "Threads:\t3", ""}, "\n")
	for field, want := range map[string]int64{"VmHWM": 2048 * 1024, "Threads": 3} {
		if got, ok := statusField(text, field); !ok || got != want {
			t.Errorf("%s is %d, %v; want %d", field, got, ok, want)
		}
	}
	for _, field := range []string{"Name", "Vm"} {
		if got, ok := statusField(text, field); ok {
			t.Errorf("%s is %d; want none", field, got)
		}
	}
}

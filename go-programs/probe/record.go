package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// Unit is a base unit of the protocol.
type Unit string

// The units of the protocol. One is for counts, shares and ratios.
const (
	Nanoseconds Unit = "ns"
	Bytes       Unit = "B"
	One         Unit = "1"
	PerSecond   Unit = "1/s"
)

// Phase says whether a sample belongs to the figure, came before it, or checks it.
type Phase string

// The phases of the protocol.
const (
	Warmup  Phase = "warmup"
	Measure Phase = "measure"
	Scale   Phase = "scale"
)

// record is a sample that is yet to be encoded, or a line that already is. Samples may be added
// between two timed batches, so they are encoded only when they are written.
type record struct {
	sample sampleLine
	line   []byte
}

func (r *record) encoded() []byte {
	if r.line != nil {
		return r.line
	}
	return encode(r.sample)
}

type helloLine struct {
	Type      string            `json:"type"`
	Protocol  int               `json:"protocol"`
	Program   string            `json:"program"`
	Language  string            `json:"language"`
	Toolchain string            `json:"toolchain"`
	Build     map[string]string `json:"build"`
	Params    map[string]string `json:"params"`
}

type sampleLine struct {
	Type   string   `json:"type"`
	Metric string   `json:"metric"`
	Unit   Unit     `json:"unit"`
	Phase  Phase    `json:"phase"`
	Ops    uint64   `json:"ops"`
	Value  float64  `json:"value"`
	At     *float64 `json:"at,omitempty"`
}

type histLine struct {
	Type   string   `json:"type"`
	Metric string   `json:"metric"`
	Unit   Unit     `json:"unit"`
	Bounds []bound  `json:"bounds"`
	Counts []uint64 `json:"counts"`
	Max    *float64 `json:"max,omitempty"`
}

type valueLine struct {
	Type   string   `json:"type"`
	Metric string   `json:"metric"`
	Unit   Unit     `json:"unit"`
	Value  *float64 `json:"value,omitempty"`
	Absent string   `json:"absent,omitempty"`
}

type outcomeLine struct {
	Type  string      `json:"type"`
	Key   string      `json:"key"`
	Value interface{} `json:"value"`
}

type checkLine struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type doneLine struct {
	Type    string `json:"type"`
	Records uint64 `json:"records"`
}

// bound is a histogram bound: JSON has no infinities, so they are strings.
type bound float64

func (b bound) MarshalJSON() ([]byte, error) {
	switch f := float64(b); {
	case math.IsInf(f, 1):
		return []byte(`"+Inf"`), nil
	case math.IsInf(f, -1):
		return []byte(`"-Inf"`), nil
	default:
		return json.Marshal(f)
	}
}

func encode(line interface{}) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(line); err != nil {
		// Every line is a struct of this file; only a value that JSON cannot hold gets here.
		panic(fmt.Sprintf("probe: cannot encode %+v: %v", line, err))
	}
	return b.Bytes()
}

// Sample records that ops operations took value in all, in unit. It panics if value is not finite
// or ops is 0: both mean that the program did not measure what it meant to.
func (p *Probe) Sample(metric string, unit Unit, phase Phase, ops uint64, value float64) {
	p.sample(sampleLine{"sample", metric, unit, phase, ops, value, nil})
}

// SampleAt is Sample with a position on the metric's own axis (map size, number of goroutines).
func (p *Probe) SampleAt(metric string, unit Unit, phase Phase, ops uint64, value, at float64) {
	mustBeFinite(metric, at)
	p.sample(sampleLine{"sample", metric, unit, phase, ops, value, &at})
}

func (p *Probe) sample(s sampleLine) {
	mustBeFinite(s.Metric, s.Value)
	if s.Ops == 0 {
		panic(fmt.Sprintf("probe: a sample of %s holds no operation", s.Metric))
	}
	p.add(record{sample: s})
}

// Value records one figure of the whole invocation. It panics if value is not finite; use Absent
// where there is none.
func (p *Probe) Value(metric string, unit Unit, value float64) {
	mustBeFinite(metric, value)
	p.add(record{line: encode(valueLine{Type: "value", Metric: metric, Unit: unit, Value: &value})})
}

// Absent records why an invocation has no figure for metric.
func (p *Probe) Absent(metric string, unit Unit, reason string) {
	if reason == "" {
		panic(fmt.Sprintf("probe: %s is absent without a reason", metric))
	}
	p.add(record{line: encode(valueLine{Type: "value", Metric: metric, Unit: unit, Absent: reason})})
}

// Outcome records what happened, under a kebab-case key. The value is a bool, an int, an int64 or
// a string; anything else panics.
func (p *Probe) Outcome(key string, value interface{}) {
	switch value.(type) {
	case bool, int, int64, string:
		p.add(record{line: encode(outcomeLine{"outcome", key, value})})
	default:
		panic(fmt.Sprintf("probe: outcome %s is a %T (use a bool, an int, an int64 or a string)", key, value))
	}
}

// Check records the result of the work, which both sides of a pair must share.
func (p *Probe) Check(value string) {
	p.add(record{line: encode(checkLine{"check", value})})
}

// Hist records a distribution: counts[i] values lie in [bounds[i], bounds[i+1]). Empty buckets at
// both ends are dropped and runs of them inside are merged. It panics if bounds does not hold one
// number more than counts.
func (p *Probe) Hist(metric string, unit Unit, bounds []float64, counts []uint64) {
	p.hist(metric, unit, bounds, counts, nil)
}

func (p *Probe) hist(metric string, unit Unit, bounds []float64, counts []uint64, max *float64) {
	if len(bounds) != len(counts)+1 {
		panic(fmt.Sprintf("probe: %s has %d bounds for %d counts (there must be one more)", metric, len(bounds), len(counts)))
	}
	b, c := sparse(bounds, counts)
	p.add(record{line: encode(histLine{"hist", metric, unit, b, c, max})})
}

// sparse drops empty buckets at both ends and merges runs of them inside. A histogram without
// values keeps its first bound and no bucket.
func sparse(bounds []float64, counts []uint64) ([]bound, []uint64) {
	first, last := 0, len(counts)
	for first < last && counts[first] == 0 {
		first++
	}
	for last > first && counts[last-1] == 0 {
		last--
	}
	if first == last {
		return []bound{bound(bounds[0])}, []uint64{}
	}
	var b []bound
	var c []uint64
	for i := first; i < last; i++ {
		if counts[i] == 0 && counts[i-1] == 0 {
			continue
		}
		b, c = append(b, bound(bounds[i])), append(c, counts[i])
	}
	return append(b, bound(bounds[last])), c
}

func mustBeFinite(metric string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		panic(fmt.Sprintf("probe: %s is %v, which is no figure", metric, value))
	}
}

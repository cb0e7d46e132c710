package probe

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const fixtures = "../../harness/tests/fixtures/probe"

// small returns a program with one parameter, whose case prints nothing of its own.
func small() *Probe {
	p := New("small")
	p.Int("live-mib", 64, "live heap in MiB")
	p.Case("churn", "replace objects", func() {})
	return p
}

func TestWrongFlagsAreRefusedWithTheKnownOnes(t *testing.T) {
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"--case=x"}, "unknown case `x` (known: churn)"},
		{nil, "--case is missing (known: churn)"},
		{[]string{"--case=churn", "--live=1"}, "unknown flag --live (known: --hello, --help, --case, --seed, --live-mib)"},
		{[]string{"--case=churn", "--live-mib"}, "--live-mib has no value (write --live-mib=value)"},
		{[]string{"--case=churn", "--live-mib=big"}, "--live-mib=big: "},
		{[]string{"--case=churn", "--seed=1", "--seed=2"}, "--seed is given twice"},
		{[]string{"churn"}, "unexpected argument `churn` (flags are written --name=value)"},
	} {
		var stdout, stderr bytes.Buffer
		if code := small().run(test.args, nil, &stdout, &stderr, false); code != 2 {
			t.Errorf("%q: exit code %d, want 2", test.args, code)
		}
		if !strings.HasPrefix(stderr.String(), "small: "+test.says) {
			t.Errorf("%q: stderr %q, want %q", test.args, stderr.String(), test.says)
		}
		if stdout.Len() > 0 {
			t.Errorf("%q: stdout %q, want nothing", test.args, stdout.String())
		}
	}
}

func TestHelloAloneNeedsNoCaseAndHoldsTheDefaults(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := small().run([]string{"--hello"}, nil, &stdout, &stderr, true); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	var hello helloLine
	if err := json.Unmarshal(stdout.Bytes(), &hello); err != nil {
		t.Fatal(err)
	}
	if hello.Type != "hello" || len(hello.Params) != 2 || hello.Params["seed"] != "1" || hello.Params["live-mib"] != "64" {
		t.Errorf("hello = %+v", hello)
	}
}

func TestHelpListsCasesAndParameters(t *testing.T) {
	var stdout bytes.Buffer
	if code := small().run([]string{"--help"}, nil, &stdout, nil, false); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	for _, text := range []string{"churn", "replace objects", "--live-mib", "(default 64)"} {
		if !strings.Contains(stdout.String(), text) {
			t.Errorf("%q is not in the help:\n%s", text, stdout.String())
		}
	}
}

func TestParametersTakeTheirValues(t *testing.T) {
	p := New("params")
	i := p.Int("int", 1, "")
	f := p.Float64("float", 1, "")
	b := p.Bool("bool", true, "")
	s := p.String("text", "", "")
	p.Case("c", "", func() {})
	if _, err := p.parse([]string{"--case=c", "--int=-3", "--float=0.5", "--bool=false", "--text=a=b", "--seed=18446744073709551615"}); err != nil {
		t.Fatal(err)
	}
	if *i != -3 || *f != 0.5 || *b || *s != "a=b" || p.Seed() != math.MaxUint64 {
		t.Errorf("got %d %v %v %q %d", *i, *f, *b, *s, p.Seed())
	}
	if _, err := p.parse([]string{"--case=c", "--bool=yes"}); err == nil {
		t.Error("--bool=yes was taken")
	}
}

func TestHoldReadsStdinToItsEndAfterDone(t *testing.T) {
	var stdout bytes.Buffer
	stdin := readerFunc(func([]byte) (int, error) {
		if !strings.HasSuffix(stdout.String(), `{"type":"done","records":1}`+"\n") {
			t.Errorf("stdin is read before done was written: %q", stdout.String())
		}
		return 0, errors.New("end")
	})
	if code := small().run([]string{"--case=churn"}, stdin, &stdout, nil, true); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestPanicOfACaseIsNotCaughtAndPrintsNoDone(t *testing.T) {
	p := New("panics")
	p.Case("c", "", func() { panic("as the work does") })
	var stdout bytes.Buffer
	defer func() {
		if recover() == nil || strings.Contains(stdout.String(), "done") {
			t.Errorf("the panic was caught, or done printed: %q", stdout.String())
		}
	}()
	p.run([]string{"--case=c"}, nil, &stdout, nil, false)
}

func TestFailureToWriteIsAFailure(t *testing.T) {
	var stderr bytes.Buffer
	if code := small().run([]string{"--case=churn"}, nil, brokenWriter{}, &stderr, false); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("stderr %q does not say why", stderr.String())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestFiguresThatAreNoneArePanics(t *testing.T) {
	p := New("nan")
	for name, record := range map[string]func(){
		"NaN":            func() { p.Value("m", One, math.NaN()) },
		"Inf":            func() { p.Sample("m", One, Measure, 1, math.Inf(1)) },
		"no operation":   func() { p.Sample("m", One, Measure, 0, 1) },
		"no reason":      func() { p.Absent("m", One, "") },
		"float outcome":  func() { p.Outcome("k", 1.5) },
		"missing bounds": func() { p.Hist("m", One, []float64{1}, []uint64{1}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was recorded", name)
				}
			}()
			record()
		}()
	}
}

// TestGolden writes the same records as the golden test of the Rust side.
func TestGolden(t *testing.T) {
	p := New("golden")
	p.toolchain = "go1.27.0"
	p.build = map[string]string{"GOARCH": "amd64"}
	p.Int("live-mib", 64, "live heap in MiB")
	p.String("label", "a<b", "any text")
	p.Case("all", "every type of record", func() {
		p.Sample("alloc", Nanoseconds, Warmup, 1000, 12345.5)
		p.Sample("alloc", Nanoseconds, Measure, 1000, 12000)
		p.SampleAt("growth", Nanoseconds, Measure, 1, 250, 4096)
		latency := NewHistogram("latency", Nanoseconds)
		for _, ns := range []int64{1, 1, 255, 256, 1000, 1000000} {
			latency.Record(ns)
		}
		p.Histogram(latency)
		// Records that were written early count too.
		if err := p.Flush(); err != nil {
			t.Fatal(err)
		}
		bounds := []float64{math.Inf(-1), 0, 64, 128, 256, 512, math.Inf(1)}
		p.Hist("pause", Nanoseconds, bounds, []uint64{1, 0, 0, 5, 0, 2})
		p.Histogram(NewHistogram("nothing", Nanoseconds))
		p.Value("heap", Bytes, 67108864)
		p.Value("rate", PerSecond, 0.125)
		p.Absent("cycles", One, "not a metric of this release")
		p.Outcome("panics", true)
		p.Outcome("exit-code", -2)
		p.Outcome("error", "all goroutines are asleep \u2013 \"deadlock\"!")
		p.Check(strconv.FormatUint(p.Rand().Uint64(), 10) + " " + strconv.FormatUint(p.Seed(), 10))
	})
	var stdout, stderr bytes.Buffer
	if code := p.run([]string{"--case=all", "--live-mib=32", "--seed=7"}, nil, &stdout, &stderr, false); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	path := filepath.Join(fixtures, "go.jsonl")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, stdout.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if stdout.String() != string(want) {
		t.Errorf("got\n%swant (UPDATE_GOLDEN=1 writes it anew)\n%s", stdout.String(), want)
	}
}

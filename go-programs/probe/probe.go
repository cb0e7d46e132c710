// Package probe speaks probe protocol 1 (harness/docs/PROTOCOL.md): flags in, JSON Lines out.
//
// A complete program:
//
//	package main
//
//	import "harness/go-programs/probe"
//
//	func main() {
//		p := probe.New("map-insert")
//		keys := p.Int("keys", 1000, "number of keys")
//		p.Case("fill", "insert random keys into an empty map", func() {
//			rng := p.Rand()
//			m := make(map[uint64]bool)
//			start := probe.Now()
//			for i := 0; i < *keys; i++ {
//				m[rng.Uint64()] = true
//			}
//			p.Sample("insert", probe.Nanoseconds, probe.Measure, uint64(*keys), float64(probe.Now()-start))
//			p.Check(strconv.Itoa(len(m)))
//		})
//		p.Main()
//	}
//
// Records stay in memory until the case has returned, or until Flush, so that nothing is written
// while something is timed. The package compiles with Go 1.19 and later.
package probe

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
)

// Protocol is the version of the probe protocol that this package speaks.
const Protocol = 1

// holdVariable asks the program to stay alive after its last line until stdin ends.
const holdVariable = "HARNESS_HOLD"

// reservedRecords is how many records fit before the record list has to grow.
const reservedRecords = 1024

// Probe is one measuring program: its parameters, its cases and the records of the case that runs.
// The recording methods may be called from several goroutines.
type Probe struct {
	program string
	seed    *uint64
	params  []*param
	cases   []namedCase

	toolchain string
	build     map[string]string

	mu      sync.Mutex
	records []record
	written uint64
	out     *bufio.Writer
}

type namedCase struct {
	name, help string
	run        func()
}

// New returns a program called name. The name is the experiment's.
func New(name string) *Probe {
	p := &Probe{
		program:   name,
		toolchain: runtime.Version(),
		build:     buildInfo(),
		records:   make([]record, 0, reservedRecords),
		out:       bufio.NewWriter(os.Stdout),
	}
	p.seed = p.Uint64("seed", 1, "whatever is random in the work follows from it")
	return p
}

// Case adds a job that --case=name selects; help is one line.
func (p *Probe) Case(name, help string, run func()) {
	for _, c := range p.cases {
		if c.name == name {
			panic(fmt.Sprintf("probe: case %q is declared twice", name))
		}
	}
	p.cases = append(p.cases, namedCase{name, help, run})
}

// Seed returns the seed in force.
func (p *Probe) Seed() uint64 { return *p.seed }

// Rand returns a new generator that starts from the seed in force.
func (p *Probe) Rand() *Rand { return NewRand(*p.seed) }

// Main parses the command line, runs the chosen case and ends the process: with 0 after done was
// printed, 2 after wrong flags, 1 if the records could not be written. A panic of the case is not
// caught, so that the process ends the way the work made it end.
func (p *Probe) Main() {
	os.Exit(p.run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv(holdVariable) == "1"))
}

func (p *Probe) run(args []string, stdin io.Reader, stdout, stderr io.Writer, hold bool) int {
	p.out = bufio.NewWriter(stdout)
	chosen, err := p.parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", p.program, err)
		return 2
	}
	if chosen.help {
		io.WriteString(stdout, p.usage())
		return 0
	}
	p.add(record{line: encode(p.hello(chosen.caseName))})
	if !chosen.hello {
		p.caseNamed(chosen.caseName).run()
		p.add(record{line: encode(doneLine{Type: "done", Records: p.count()})})
	}
	if err := p.Flush(); err != nil {
		fmt.Fprintf(stderr, "%s: cannot write records to stdout: %v\n", p.program, err)
		return 1
	}
	if hold && !chosen.hello {
		// Whatever ends stdin, an error included, ends the wait.
		_, _ = io.Copy(io.Discard, stdin)
	}
	return 0
}

// Flush writes the records so far to stdout. Never call it while something is timed.
func (p *Probe) Flush() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.records {
		if _, err := p.out.Write(r.encoded()); err != nil {
			return err
		}
	}
	p.written += uint64(len(p.records))
	p.records = p.records[:0]
	return p.out.Flush()
}

func (p *Probe) add(r record) {
	p.mu.Lock()
	p.records = append(p.records, r)
	p.mu.Unlock()
}

func (p *Probe) count() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.written + uint64(len(p.records))
}

func (p *Probe) caseNamed(name string) *namedCase {
	for i := range p.cases {
		if p.cases[i].name == name {
			return &p.cases[i]
		}
	}
	return nil
}

func (p *Probe) hello(caseName string) helloLine {
	params := make(map[string]string, len(p.params)+1)
	if caseName != "" {
		params["case"] = caseName
	}
	for _, param := range p.params {
		params[param.name] = param.text()
	}
	return helloLine{
		Type: "hello", Protocol: Protocol, Program: p.program, Language: "go",
		Toolchain: p.toolchain, Build: p.build, Params: params,
	}
}

// buildInfo is what the binary knows of its build, with the runtime's settings at the start.
func buildInfo() map[string]string {
	build := map[string]string{
		"runtime.GOMAXPROCS": strconv.Itoa(runtime.GOMAXPROCS(0)),
		"runtime.NumCPU":     strconv.Itoa(runtime.NumCPU()),
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			build[s.Key] = s.Value
		}
	}
	for _, name := range []string{"GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GODEBUG"} {
		if value, ok := os.LookupEnv(name); ok {
			build["env."+name] = value
		}
	}
	return build
}

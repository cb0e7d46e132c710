package probe

import (
	"fmt"
	"strconv"
	"strings"
)

// param is one flag of the experiment.
type param struct {
	name, help, fallback string
	set                  func(string) error
	text                 func() string
}

// invocation is what the command line asked for.
type invocation struct {
	hello, help bool
	caseName    string
}

// Int declares the parameter --name, a decimal integer. Times and sizes are integers too, with the
// unit in the name (live-mib, pause-us): then both languages read and echo them alike.
func (p *Probe) Int(name string, fallback int, help string) *int {
	v := fallback
	p.declare(name, help,
		func(s string) (err error) { v, err = strconv.Atoi(s); return err },
		func() string { return strconv.Itoa(v) })
	return &v
}

// Uint64 declares the parameter --name, an unsigned decimal integer.
func (p *Probe) Uint64(name string, fallback uint64, help string) *uint64 {
	v := fallback
	p.declare(name, help,
		func(s string) (err error) { v, err = strconv.ParseUint(s, 10, 64); return err },
		func() string { return strconv.FormatUint(v, 10) })
	return &v
}

// Float64 declares the parameter --name, a number.
func (p *Probe) Float64(name string, fallback float64, help string) *float64 {
	v := fallback
	p.declare(name, help,
		func(s string) (err error) { v, err = strconv.ParseFloat(s, 64); return err },
		func() string { return strconv.FormatFloat(v, 'f', -1, 64) })
	return &v
}

// Bool declares the parameter --name, true or false.
func (p *Probe) Bool(name string, fallback bool, help string) *bool {
	v := fallback
	p.declare(name, help,
		func(s string) error {
			if s != "true" && s != "false" {
				return fmt.Errorf("neither true nor false")
			}
			v = s == "true"
			return nil
		},
		func() string { return strconv.FormatBool(v) })
	return &v
}

// String declares the parameter --name, any text.
func (p *Probe) String(name, fallback, help string) *string {
	v := fallback
	p.declare(name, help,
		func(s string) error { v = s; return nil },
		func() string { return v })
	return &v
}

func (p *Probe) declare(name, help string, set func(string) error, text func() string) {
	if name == "hello" || name == "help" || name == "case" || p.param(name) != nil {
		panic(fmt.Sprintf("probe: parameter --%s is taken", name))
	}
	p.params = append(p.params, &param{name, help, text(), set, text})
}

func (p *Probe) param(name string) *param {
	for _, param := range p.params {
		if param.name == name {
			return param
		}
	}
	return nil
}

func (p *Probe) parse(args []string) (invocation, error) {
	var chosen invocation
	seen := make(map[string]bool)
	for _, arg := range args {
		if arg == "--help" || arg == "-h" {
			return invocation{help: true}, nil
		}
		if arg == "--hello" {
			chosen.hello = true
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if !strings.HasPrefix(arg, "--") {
			return chosen, fmt.Errorf("unexpected argument `%s` (flags are written --name=value)", arg)
		}
		param := p.param(name)
		if name != "case" && param == nil {
			return chosen, fmt.Errorf("unknown flag --%s (known: %s)", name, p.flagNames())
		}
		if !hasValue {
			return chosen, fmt.Errorf("--%s has no value (write --%s=value)", name, name)
		}
		if seen[name] {
			return chosen, fmt.Errorf("--%s is given twice", name)
		}
		seen[name] = true
		if param == nil {
			chosen.caseName = value
		} else if err := param.set(value); err != nil {
			return chosen, fmt.Errorf("--%s=%s: %w", name, value, err)
		}
	}
	if seen["case"] && p.caseNamed(chosen.caseName) == nil {
		return chosen, fmt.Errorf("unknown case `%s` (known: %s)", chosen.caseName, p.caseNames())
	}
	if !seen["case"] && !chosen.hello {
		return chosen, fmt.Errorf("--case is missing (known: %s)", p.caseNames())
	}
	return chosen, nil
}

func (p *Probe) caseNames() string {
	names := make([]string, len(p.cases))
	for i, c := range p.cases {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

func (p *Probe) flagNames() string {
	names := []string{"--hello", "--help", "--case"}
	for _, param := range p.params {
		names = append(names, "--"+param.name)
	}
	return strings.Join(names, ", ")
}

func (p *Probe) usage() string {
	var b strings.Builder
	fmt.Fprintf(&b, "usage: %s --case=NAME [--name=value ...]\n\ncases:\n", p.program)
	for _, c := range p.cases {
		fmt.Fprintf(&b, "  %-22s %s\n", c.name, c.help)
	}
	b.WriteString("\nflags:\n")
	fmt.Fprintf(&b, "  %-22s %s\n", "--hello", "print the hello line and exit")
	for _, param := range p.params {
		fmt.Fprintf(&b, "  %-22s %s (default %s)\n", "--"+param.name, param.help, param.fallback)
	}
	return b.String()
}

package main

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"time"

	"harness/go-programs/probe"
)

const (
	lookupRounds, fillRounds      = 8, 4
	collideWarmup, collideBatches = 2, 16

	limitKeys = 1000
	// A thousand keys need some 100 KiB, the runtime itself 64 MiB of address space.
	limitBytes = 160 << 20
	// childTime is far more than the child needs.
	childTime = 30 * time.Second
)

// collide times maps whose keys have one hash. NaN is no such key: it is hashed to a random number.
func collide(p *probe.Probe, s settings) {
	n := *s.keys
	switch *s.kind {
	case "same-hash":
		keys := equalHashes(n)
		var m map[interface{}]uint64
		fills(p, n, func() {
			m = make(map[interface{}]uint64)
			for i, key := range keys {
				m[key] = uint64(i)
			}
		})
		var sum uint64
		p.Batches("collide-lookup", uint64(lookupRounds*n), collideWarmup, collideBatches, func(ops uint64) {
			for i := uint64(0); i < ops; i += uint64(n) {
				for _, key := range keys {
					sum += m[key]
				}
			}
		})
		p.Check(strconv.FormatUint(sum, 10))
	case "nan":
		key := math.NaN()
		fills(p, n, func() {
			m := make(map[float64]uint64)
			for i := 0; i < n; i++ {
				m[key] = uint64(i)
			}
			probe.Keep(m)
		})
		p.Absent("collide-lookup", probe.Nanoseconds, "a key that is NaN cannot be found")
	default:
		fail("--kind=%s is neither same-hash nor nan", *s.kind)
	}
}

// fills times fills of fresh maps, each with n keys.
func fills(p *probe.Probe, n int, fill func()) {
	p.Batches("collide-insert", uint64(fillRounds*n), collideWarmup, collideBatches, func(uint64) {
		for i := 0; i < fillRounds; i++ {
			fill()
		}
	})
}

// equalHashes returns n keys that differ and have the same hash under every seed. An interface is
// hashed by its value, compared by type and value: these are zeros of n types.
func equalHashes(n int) []interface{} {
	keys := make([]interface{}, n)
	for i := range keys {
		keys[i] = reflect.Zero(reflect.StructOf([]reflect.StructField{
			{Name: "F" + strconv.Itoa(i), Type: reflect.TypeOf(uint64(0))},
		})).Interface()
	}
	return keys
}

// collideLimit lets a child do what may not end well.
func collideLimit(p *probe.Probe) {
	path, err := os.Executable()
	if err != nil {
		fail("cannot find the program's own file: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), childTime)
	defer cancel()
	var stderr bytes.Buffer
	child := exec.CommandContext(ctx, path, "--case=collide-capped")
	child.Env = append(os.Environ(), "HARNESS_HOLD=0")
	child.Stderr = &stderr
	ended := fate(child.Run(), stderr.Bytes())
	p.Outcome("thousand-equal-hashes", ended)
	p.Outcome("thousand-equal-hashes-finish", ended == finished)
}

// collideCapped inserts keys of one hash under a cap of the kernel.
func collideCapped(p *probe.Probe) {
	keys := equalHashes(limitKeys)
	if err := capData(limitBytes); err != nil {
		fail("cannot cap memory: %v", err)
	}
	m := make(map[interface{}]uint64)
	for i, key := range keys {
		m[key] = uint64(i)
	}
	p.Check(strconv.Itoa(len(m)))
}

const finished = "finished"

// fate is how a child ended, in words.
func fate(err error, stderr []byte) string {
	if err == nil {
		return finished
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 2 {
		for _, words := range []string{"out of memory", "cannot allocate memory", "cannot map pages"} {
			if bytes.Contains(stderr, []byte(words)) {
				return "out of memory"
			}
		}
	}
	return err.Error()
}

package probe

import "math"

// clockShare is how many times longer than a clock reading a batch is at least, so that the clock
// is below 1 % of it.
const clockShare = 100

// Calibrate returns an n for which work(n) takes at least targetNs nanoseconds, and never less than
// 100 clock readings. It doubles as a warm-up: work has run for about three times that time.
// The result depends on the machine's speed, so the check of a pair must not depend on it.
func Calibrate(targetNs int64, work func(n uint64)) uint64 {
	target := math.Max(float64(targetNs), clockShare*ClockCost())
	for n := uint64(1); ; {
		elapsed := timed(n, work)
		if elapsed >= target {
			// Once more: a process that lost its CPU for a moment would end here with a batch far too short.
			elapsed = math.Min(elapsed, timed(n, work))
		}
		if elapsed >= target {
			return n
		}
		n = nextOps(n, elapsed, target)
	}
}

// timed returns how long work(n) takes, in nanoseconds.
func timed(n uint64, work func(n uint64)) float64 {
	start := Now()
	work(n)
	return float64(Now() - start)
}

// nextOps aims 20 % beyond the target, at least twice and at most a hundred times as many: the
// first batches are too short to be trusted.
func nextOps(n uint64, elapsed, target float64) uint64 {
	factor := 1.2 * target / math.Max(elapsed, 1)
	return uint64(math.Ceil(float64(n) * math.Min(math.Max(factor, 2), 100)))
}

// Batches times work(ops) warmup+measure times and records a sample in nanoseconds of each.
// Nothing is allocated or recorded between the batches.
func (p *Probe) Batches(metric string, ops uint64, warmup, measure int, work func(n uint64)) {
	took := make([]int64, warmup+measure)
	for i := range took {
		start := Now()
		work(ops)
		took[i] = Now() - start
	}
	for i, ns := range took {
		phase := Measure
		if i < warmup {
			phase = Warmup
		}
		p.Sample(metric, Nanoseconds, phase, ops, float64(ns))
	}
}

// Doubled times one batch of twice the operations and records it apart from the figure. It takes
// twice as long as work(ops), or the figure for one operation is wrong: the compiler took the work
// out of the loop, or a batch has a cost of its own. The harness flags it where it does not.
func (p *Probe) Doubled(metric string, ops uint64, work func(n uint64)) {
	start := Now()
	work(2 * ops)
	p.Sample(metric, Nanoseconds, Scale, 2*ops, float64(Now()-start))
}

// Bench is Batches with as many operations a batch as Calibrate finds for targetNs, and Doubled
// after them; it returns the operations. This is the usual way to time operations of nanoseconds.
// work must do its operation n times and hand the result to Keep.
func (p *Probe) Bench(metric string, targetNs int64, warmup, measure int, work func(n uint64)) uint64 {
	ops := Calibrate(targetNs, work)
	p.Batches(metric, ops, warmup, measure, work)
	p.Doubled(metric, ops, work)
	return ops
}

// Keep makes the compiler compute v. It is a call (about 1 ns) and does not move v to the heap: use
// it once a batch, on the result.
//
//go:noinline
func Keep[T any](v T) {}

// Opaque returns v, of which the compiler then knows nothing: for inputs that it could fold.
//
//go:noinline
func Opaque[T any](v T) T { return v }

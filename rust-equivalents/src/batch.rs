use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::{Phase, Probe, Unit, clock_cost, nanos};

/// How many times longer than a clock reading a batch is at least, so that the clock is below 1 % of it.
const CLOCK_SHARE: f64 = 100.0;

/// An `n` for which `work(n)` takes at least `target`, and never less than 100 clock readings. It
/// doubles as a warm-up: `work` has run for about three times that time.
///
/// The result depends on the machine's speed, so the check of a pair must not depend on it.
pub fn calibrate<T>(target: Duration, mut work: impl FnMut(u64) -> T) -> u64 {
    let target = (nanos(target) as f64).max(CLOCK_SHARE * clock_cost());
    let mut timed = |n| {
        let start = Instant::now();
        black_box(work(black_box(n)));
        nanos(start.elapsed()) as f64
    };
    let mut n = 1;
    loop {
        let mut elapsed = timed(n);
        if elapsed >= target {
            // Once more: a process that lost its CPU for a moment would end here with a batch far too short.
            elapsed = elapsed.min(timed(n));
        }
        if elapsed >= target {
            return n;
        }
        n = next_ops(n, elapsed, target);
    }
}

/// Aims 20 % beyond the target, at least twice and at most a hundred times as many: the first
/// batches are too short to be trusted.
fn next_ops(n: u64, elapsed: f64, target: f64) -> u64 {
    let factor = 1.2 * target / elapsed.max(1.0);
    (n as f64 * factor.clamp(2.0, 100.0)).ceil() as u64
}

/// Inlined into its three callers, the same loop came out four times as fast in one of them.
#[inline(never)]
fn compiled_once<T>(work: &mut impl FnMut(u64) -> T, n: u64) -> T {
    work(n)
}

impl Probe {
    /// Times `work(ops)` `warmup + measure` times and records a sample in nanoseconds of each.
    /// Nothing is allocated or recorded between the batches; what `work` returns goes through
    /// [`black_box`].
    pub fn batches<T>(
        &mut self,
        metric: &str,
        ops: u64,
        warmup: usize,
        measure: usize,
        mut work: impl FnMut(u64) -> T,
    ) {
        let mut took = vec![0; warmup + measure];
        for ns in &mut took {
            let start = Instant::now();
            black_box(work(black_box(ops)));
            *ns = nanos(start.elapsed());
        }
        for (i, ns) in took.into_iter().enumerate() {
            let phase = if i < warmup {
                Phase::Warmup
            } else {
                Phase::Measure
            };
            self.sample(metric, Unit::Nanoseconds, phase, ops, ns as f64);
        }
    }

    /// Times one batch of twice the operations and records it apart from the figure. It takes twice
    /// as long as `work(ops)`, or the figure for one operation is wrong: the compiler took the work out
    /// of the loop, or a batch has a cost of its own. The harness flags it where it does not.
    pub fn doubled<T>(&mut self, metric: &str, ops: u64, mut work: impl FnMut(u64) -> T) {
        let start = Instant::now();
        black_box(work(black_box(2 * ops)));
        let took = nanos(start.elapsed());
        self.sample(
            metric,
            Unit::Nanoseconds,
            Phase::Scale,
            2 * ops,
            took as f64,
        );
    }

    /// [`Probe::batches`] with as many operations a batch as [`calibrate`] finds for `target`, and
    /// [`Probe::doubled`] after them; it returns the operations. This is the usual way to time operations
    /// of nanoseconds: `work` does its operation as often as it is told and returns the result.
    pub fn bench<T>(
        &mut self,
        metric: &str,
        target: Duration,
        warmup: usize,
        measure: usize,
        mut work: impl FnMut(u64) -> T,
    ) -> u64 {
        let mut work = |n| compiled_once(&mut work, n);
        let ops = calibrate(target, &mut work);
        self.batches(metric, ops, warmup, measure, &mut work);
        self.doubled(metric, ops, work);
        ops
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_towards_the_target_within_limits() {
        assert_eq!(next_ops(10, 100.0, 1000.0), 120);
        assert_eq!(next_ops(10, 999.0, 1000.0), 20);
        assert_eq!(next_ops(1, 0.0, 1e6), 100);
    }

    #[test]
    fn one_stall_does_not_end_the_calibration() {
        let target = Duration::from_millis(50);
        let mut is_first = true;
        let ops = calibrate(target, |n| {
            if std::mem::take(&mut is_first) {
                std::thread::sleep(2 * target);
            }
            let start = Instant::now();
            while start.elapsed() < Duration::from_micros(1) * n as u32 {}
        });
        assert!(ops >= 2, "{ops} operations of 1 µs for 50 ms");
    }
}

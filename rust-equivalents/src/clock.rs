use std::time::{Duration, Instant};

/// `duration` in whole nanoseconds, at most `u64::MAX` (584 years).
#[inline]
pub fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What one [`Instant::now`] costs, in nanoseconds: the median of several rounds.
pub fn clock_cost() -> f64 {
    const ROUNDS: usize = 15;
    const READINGS: u32 = 500;
    let mut costs = [0.0; ROUNDS];
    for cost in &mut costs {
        let start = Instant::now();
        let mut last = start;
        for _ in 0..READINGS {
            last = std::hint::black_box(Instant::now());
        }
        *cost = nanos(last - start) as f64 / f64::from(READINGS);
    }
    costs.sort_by(f64::total_cmp);
    costs[ROUNDS / 2]
}

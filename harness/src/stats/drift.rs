//! Did the machine change while we measured? For a warning only, never for a verdict.
//!
//! Two tests, since each is weak where the other is strong; the smaller p is doubled (Bonferroni):
//!
//! - Mann-Kendall (Mann, Econometrica 1945; Kendall, "Rank Correlation Methods", 1975) for a slope: S
//!   counts the pairs in which the later value is larger, less those in which it is smaller. Without
//!   ties p is exact up to 25 values, by counting the permutations with that many inversions;
//!   otherwise normal with tie and continuity correction.
//! - Mann-Whitney between the halves, for a step: of 12 values a clean step in the middle has
//!   p = 0.002 here, and 0.01 by Mann-Kendall.

use super::PerInvocation;
use super::distribution::normal_two_sided;
use super::quantile::median;
use super::rank::{EXACT_MAX, mann_whitney, tie_sizes};

/// Below this p the values drift. Stricter than 5 %: a run has many cells, and a warning on one in
/// twenty of them would soon go unread.
pub const DRIFT_ALPHA: f64 = 0.01;

/// How the values change over the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Rising less falling pairs: Mann-Kendall's S.
    pub s: i64,
    /// Two-sided p of the trend, if order did not matter.
    pub trend_p: f64,
    /// Two-sided p of the difference between the halves.
    pub halves_p: f64,
    /// Median of the second half less that of the first, the middle value left out of both.
    pub shift: f64,
}

impl Drift {
    /// The smaller p, doubled for the two chances that it had.
    pub fn p_value(&self) -> f64 {
        (2.0 * self.trend_p.min(self.halves_p)).min(1.0)
    }

    /// Whether it is worth a warning: p below [`DRIFT_ALPHA`].
    pub fn is_significant(&self) -> bool {
        self.p_value() < DRIFT_ALPHA
    }
}

/// Tests values, in the order in which they ran, for a slope and for a step.
pub fn check(values: &PerInvocation) -> Drift {
    let data = values.values();
    let (s, trend_p) = mann_kendall(data);
    let half = data.len() / 2;
    let (first, second) = (&data[..half], &data[data.len() - half..]);
    let halves = PerInvocation::new(first.to_vec()).and_then(|first| {
        let second = PerInvocation::new(second.to_vec())?;
        Ok(mann_whitney(&first, &second).p_value)
    });
    let shift = match (median(first), median(second)) {
        (Some(first), Some(second)) => second - first,
        _ => 0.0,
    };
    Drift {
        s,
        trend_p,
        // A single value has no halves, and no halves no difference.
        halves_p: halves.unwrap_or(1.0),
        shift,
    }
}

/// S and its two-sided p.
fn mann_kendall(data: &[f64]) -> (i64, f64) {
    let n = data.len();
    let mut s = 0_i64;
    for (i, a) in data.iter().enumerate() {
        for b in &data[i + 1..] {
            s += i64::from(b > a) - i64::from(b < a);
        }
    }
    let ties: Vec<f64> = tie_sizes(data).filter(|&size| size > 1.0).collect();
    if ties.is_empty() && n <= EXACT_MAX {
        return (s, exact_p(n, s));
    }
    let spread = |size: f64| size * (size - 1.0) * (2.0 * size + 5.0);
    let variance = (spread(n as f64) - ties.iter().map(|&t| spread(t)).sum::<f64>()) / 18.0;
    let distance = (s.unsigned_abs() as f64 - 1.0).max(0.0);
    let p_value = if variance > 0.0 {
        normal_two_sided(distance / variance.sqrt())
    } else {
        1.0
    };
    (s, p_value)
}

/// `P(|S| >= |s|)` over all orders of n different values.
fn exact_p(n: usize, s: i64) -> f64 {
    let pairs = n * (n - 1) / 2;
    // Shares rather than counts: 25! would lose digits. Value k adds 0 to k inversions, each as likely.
    let mut share = vec![0.0; pairs + 1];
    share[0] = 1.0;
    for k in 1..n {
        let mut next = vec![0.0; pairs + 1];
        for (inversions, slot) in next.iter_mut().enumerate() {
            let from = inversions.saturating_sub(k);
            *slot = share[from..=inversions].iter().sum::<f64>() / (k + 1) as f64;
        }
        share = next;
    }
    let far = s.unsigned_abs() as usize;
    let extreme: f64 = share
        .iter()
        .enumerate()
        .filter(|(inversions, _)| pairs.abs_diff(2 * inversions) >= far)
        .map(|(_, share)| share)
        .sum();
    extreme.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_do_not_drift() {
        for n in [1, 2, 30] {
            let flat = PerInvocation::new(vec![4.0; n]).unwrap();
            let drift = check(&flat);
            assert_eq!((drift.p_value(), drift.shift), (1.0, 0.0), "n={n}");
        }
    }

    #[test]
    fn a_step_and_a_slope_are_drift() {
        let wobble = |i: u32| f64::from(i * 7 % 11) * 0.1;
        let step = (0..12)
            .map(|i| wobble(i) + f64::from(i / 6) * 2.0)
            .collect();
        let slope = (0..12).map(|i| wobble(i) + f64::from(i) * 0.4).collect();
        let quiet = (0..12).map(wobble).collect();
        for (values, drifts) in [(step, true), (slope, true), (quiet, false)] {
            let drift = check(&PerInvocation::new(values).unwrap());
            assert_eq!(drift.is_significant(), drifts, "{drift:?}");
        }
    }
}

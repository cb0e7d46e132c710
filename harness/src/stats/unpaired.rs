//! By what factor do two independent groups of processes differ, and how surely?
//!
//! For two runs: no block is common to them, so nothing can be paired, and their spreads may differ. Each group is
//! described by its 20 % trimmed mean, the mean without the lowest and the highest fifth (rounded down to whole values):
//! the same core as the median's, and a variance for it that a few slow processes do not blow up. Standard errors come
//! from winsorised variances (Yuen, "The two-sample trimmed t for unequal population variances", Biometrika 1974),
//! degrees of freedom are Satterthwaite's of what is left after trimming (Welch, Biometrika 1947). Below 5 values nothing
//! is trimmed, and this is Welch's test.
//!
//! - On a log scale the ratio is `exp` of a difference of means: Yuen's interval as it is.
//! - On a linear scale the ratio of means is bounded by the factors `r` for which `mean(b) - r mean(a)` may be 0 (Fieller,
//!   JRSS B 1954), with the degrees of freedom at the estimate. Where the denominator itself may be 0 no factor is
//!   excluded, and the interval is infinite.
//!
//! The number of processes is taken as fixed. Where a stopping rule chose it by looking at the same figures the error
//! rates are approximate; `tests/stats/gate.rs` measures by how much.

use super::distribution::{t_quantile, t_two_sided};
use super::{Alpha, Interval, PerInvocation, StatsError};

/// Fewest values in a group: one says nothing of its spread.
pub const UNPAIRED_MIN: usize = 2;

/// One value in so many is left out at either end.
const TRIM: usize = 5;

/// Two independent groups, compared as the factor from the first (`a`) to the second (`b`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unpaired {
    a: Group,
    b: Group,
    is_geometric: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Group {
    /// Trimmed mean.
    mean: f64,
    /// Squared standard error of the mean.
    variance: f64,
    /// Values that are left after trimming.
    kept: f64,
    /// Whether any two values differ, trimmed ones included.
    varies: bool,
    /// Half a measuring step, on the scale of the mean.
    half_step: f64,
}

impl Group {
    fn new(values: &PerInvocation) -> Result<Group, StatsError> {
        let n = values.len();
        if n < UNPAIRED_MIN {
            return Err(StatsError::TooFew {
                have: n,
                need: UNPAIRED_MIN,
            });
        }
        let mut sorted = values.sorted();
        let varies = sorted[0] != sorted[n - 1];
        let cut = n / TRIM;
        let core = PerInvocation::new(sorted[cut..n - cut].to_vec())?;
        let (lowest, highest) = (sorted[cut], sorted[n - cut - 1]);
        sorted[..cut].fill(lowest);
        sorted[n - cut..].fill(highest);
        let (_, squares) = PerInvocation::new(sorted)?.moments();
        let kept = core.len() as f64;
        let variance = squares / (kept * (kept - 1.0));
        if variance == 0.0 && varies {
            // Most values are equal, of a coarse instrument say: that is no certainty.
            let all = n as f64;
            let (mean, squares) = values.moments();
            return Ok(Group {
                mean,
                variance: squares / (all * (all - 1.0)),
                kept: all,
                varies,
                half_step: 0.0,
            });
        }
        Ok(Group {
            mean: core.mean(),
            variance,
            kept,
            varies,
            half_step: 0.0,
        })
    }
}

impl Unpaired {
    /// Compares logarithms: for what is positive and varies by factors.
    ///
    /// # Errors
    /// [`StatsError::NotPositive`], and [`StatsError::TooFew`] below [`UNPAIRED_MIN`] values in a group.
    pub fn geometric(a: &PerInvocation, b: &PerInvocation) -> Result<Self, StatsError> {
        Ok(Unpaired {
            a: Group::new(&a.logs()?)?,
            b: Group::new(&b.logs()?)?,
            is_geometric: true,
        })
    }

    /// Compares values as they are.
    ///
    /// # Errors
    /// [`StatsError::TooFew`] below [`UNPAIRED_MIN`] values in a group.
    pub fn arithmetic(a: &PerInvocation, b: &PerInvocation) -> Result<Self, StatsError> {
        Ok(Unpaired {
            a: Group::new(a)?,
            b: Group::new(b)?,
            is_geometric: false,
        })
    }

    /// The same for values that are known in steps (see [`Interval::at_resolution`]), which are relative ones,
    /// `ln(1 + step / value)`, for geometric means. Each side may be half a step off, in whichever direction.
    pub fn at_resolution(mut self, step_a: f64, step_b: f64) -> Self {
        self.a.half_step = step_a.abs() / 2.0;
        self.b.half_step = step_b.abs() / 2.0;
        self
    }

    /// The factor from `a` to `b`; no number where both means are 0 on a linear scale.
    pub fn factor(&self) -> f64 {
        if self.is_geometric {
            (self.b.mean - self.a.mean).exp()
        } else {
            self.b.mean / self.a.mean
        }
    }

    /// Whether neither group varies at all: then the factor counts as known exactly.
    pub fn has_no_spread(&self) -> bool {
        !self.a.varies && !self.b.varies
    }

    /// Interval of the factor, for one look at numbers of values that were fixed beforehand.
    pub fn interval(&self, alpha: Alpha) -> Interval {
        if self.is_geometric {
            let half_width = self.critical(1.0, alpha) * self.error(1.0) + self.slack(1.0);
            return Interval::around(self.b.mean - self.a.mean, half_width, alpha).exp();
        }
        let unknown = Interval {
            center: self.factor(),
            lo: f64::NEG_INFINITY,
            hi: f64::INFINITY,
            confidence: alpha.confidence(),
        };
        let (a, b) = (self.a, self.b);
        let t2 = self.critical(self.factor(), alpha).powi(2);
        let leading = a.mean.powi(2) - t2 * a.variance;
        if !(a.mean > 0.0 && leading > 0.0) {
            return unknown;
        }
        let product = a.mean * b.mean;
        let root = (product.powi(2) - leading * (b.mean.powi(2) - t2 * b.variance))
            .max(0.0)
            .sqrt();
        let (lo, hi) = ((product - root) / leading, (product + root) / leading);
        Interval {
            lo: lo - self.slack(lo.abs()) / a.mean,
            hi: hi + self.slack(hi.abs()) / a.mean,
            ..unknown
        }
    }

    /// Two-sided p value of "the factor lies within `lo..=hi`", both positive: the largest alpha at which the interval
    /// of a test of the nearer end still reaches that end. 1 where the factor was found within, or is not known.
    pub fn p_outside(&self, lo: f64, hi: f64) -> f64 {
        let factor = self.factor();
        let nearer = if factor > hi {
            hi
        } else if factor < lo {
            lo
        } else {
            return 1.0;
        };
        if factor.is_nan() || (!self.is_geometric && self.a.mean <= 0.0) {
            return 1.0;
        }
        let distance = if self.is_geometric {
            (self.b.mean - self.a.mean - nearer.ln()).abs()
        } else {
            (self.b.mean - nearer * self.a.mean).abs()
        };
        let (excess, error) = (distance - self.slack(nearer), self.error(nearer));
        if excess <= 0.0 {
            1.0
        } else if error == 0.0 {
            0.0
        } else {
            t_two_sided(excess / error, self.freedom(nearer))
        }
    }

    /// The smallest true factor above 1 that is found with about `power` to lie beyond `limit`, at `alpha`, two-sided,
    /// and at the same time to be larger than `floor`: `limit + (t(1 - alpha/2) + t(power)) * error`, on the scale of
    /// the means. The noncentral t is taken for a shifted central one, which is close from 5 degrees of freedom on.
    pub fn detectable(&self, alpha: Alpha, power: f64, limit: f64, floor: f64) -> f64 {
        let critical = self.critical(limit, alpha);
        let reach = t_quantile(power, self.freedom(limit));
        // Without spread there may be no degrees of freedom, and infinitely rare t times no error is nothing.
        let by = |t: f64, error: f64| if error == 0.0 { 0.0 } else { t * error };
        if self.is_geometric {
            let error = self.error(limit);
            let seen = limit.ln() + self.slack(limit) + by(critical, error);
            (seen.max(floor.ln()) + by(reach, error)).exp()
        } else {
            let relative = |v: f64| v / self.a.mean.abs();
            let error = relative(self.error(limit));
            let seen = limit + relative(self.slack(limit)) + by(critical, error);
            seen.max(floor) + by(reach, error)
        }
    }

    /// Weight of the first group's mean where the factor is `factor`.
    fn weight(&self, factor: f64) -> f64 {
        if self.is_geometric { 1.0 } else { factor }
    }

    fn error(&self, factor: f64) -> f64 {
        (self.b.variance + self.weight(factor).powi(2) * self.a.variance).sqrt()
    }

    fn slack(&self, factor: f64) -> f64 {
        self.b.half_step + self.weight(factor) * self.a.half_step
    }

    /// Satterthwaite's degrees of freedom; those of both groups together where neither varies.
    fn freedom(&self, factor: f64) -> f64 {
        let (a, b) = (
            self.weight(factor).powi(2) * self.a.variance,
            self.b.variance,
        );
        if a + b == 0.0 {
            return self.a.kept + self.b.kept - 2.0;
        }
        (a + b).powi(2) / (a.powi(2) / (self.a.kept - 1.0) + b.powi(2) / (self.b.kept - 1.0))
    }

    fn critical(&self, factor: f64, alpha: Alpha) -> f64 {
        t_quantile(1.0 - alpha.get() / 2.0, self.freedom(factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(values: &[f64]) -> PerInvocation {
        PerInvocation::new(values.to_vec()).unwrap()
    }

    const A: [f64; 5] = [100.0, 103.0, 98.0, 101.0, 99.0];
    const B: [f64; 4] = [121.0, 118.0, 125.0, 119.0];

    #[test]
    fn the_other_way_round_is_the_reciprocal() {
        let there = Unpaired::geometric(&group(&A), &group(&B)).unwrap();
        let back = Unpaired::geometric(&group(&B), &group(&A)).unwrap();
        let (i, j) = (
            there.interval(Alpha::FIVE_PERCENT),
            back.interval(Alpha::FIVE_PERCENT),
        );
        assert!((i.lo * j.hi - 1.0).abs() < 1e-12 && (i.hi * j.lo - 1.0).abs() < 1e-12);
        let p = |u: &Unpaired| u.p_outside(1.0 / 1.05, 1.05);
        assert!((p(&there) - p(&back)).abs() < 1e-12);
    }

    #[test]
    fn p_and_interval_say_the_same() {
        for (a, b) in [(&A[..], &B[..]), (&B[..], &A[..])] {
            let unpaired = Unpaired::geometric(&group(a), &group(b)).unwrap();
            let p = unpaired.p_outside(1.0 / 1.05, 1.05);
            let at = unpaired.interval(Alpha::new(p).unwrap());
            let nearest = if at.center > 1.0 { at.lo } else { 1.0 / at.hi };
            assert!((nearest - 1.05).abs() < 1e-9, "{at:?}");
        }
    }

    #[test]
    fn what_lies_within_is_no_evidence() {
        let unpaired = Unpaired::geometric(&group(&A), &group(&A)).unwrap();
        assert_eq!(unpaired.p_outside(1.0 / 1.05, 1.05), 1.0);
    }

    #[test]
    fn a_denominator_that_may_be_0_leaves_everything_open() {
        let near_0 = group(&[-1.0, 1.5, 0.5, -0.5]);
        let unpaired = Unpaired::arithmetic(&near_0, &group(&A)).unwrap();
        assert!(!unpaired.interval(Alpha::FIVE_PERCENT).is_finite());
        let negative = Unpaired::arithmetic(&group(&[-5.0, -5.1]), &group(&A)).unwrap();
        assert!(!negative.interval(Alpha::FIVE_PERCENT).is_finite());
        assert_eq!(negative.p_outside(1.0 / 1.05, 1.05), 1.0);
    }

    #[test]
    fn steps_keep_what_does_not_vary_apart_from_what_is_known() {
        let (a, b) = (group(&[100.0; 5]), group(&[110.0; 5]));
        let plain = Unpaired::geometric(&a, &b).unwrap();
        assert!(plain.has_no_spread());
        assert_eq!(plain.p_outside(1.0 / 1.05, 1.05), 0.0);
        assert_eq!(
            plain.detectable(Alpha::FIVE_PERCENT, 0.8, 1.05, 1.0),
            1.05_f64.ln().exp()
        );
        let coarse = plain.at_resolution(0.1, 0.1);
        assert_eq!(coarse.p_outside(1.0 / 1.05, 1.05), 1.0);
        assert!(coarse.interval(Alpha::FIVE_PERCENT).contains(1.0));
    }

    #[test]
    fn a_slow_process_among_many_moves_neither_ratio_nor_interval_by_much() {
        let calm: Vec<f64> = (0..10).map(|i| 100.0 + f64::from(i)).collect();
        let mut disturbed = calm.clone();
        disturbed[4] = 180.0;
        let found = Unpaired::geometric(&group(&calm), &group(&disturbed)).unwrap();
        let found = found.interval(Alpha::FIVE_PERCENT);
        assert!(
            found.contains(1.0) && found.lo > 0.95 && found.hi < 1.06,
            "{found:?}"
        );
    }

    #[test]
    fn what_was_trimmed_still_counts_as_spread() {
        let one_off = group(&[1.0, 1.0, 1.0, 1.0, 1.5]);
        let steady = group(&[1.0; 5]);
        assert!(
            !Unpaired::geometric(&one_off, &steady)
                .unwrap()
                .has_no_spread()
        );
        assert!(
            Unpaired::geometric(&steady, &steady)
                .unwrap()
                .has_no_spread()
        );
    }

    #[test]
    fn one_value_can_not_be_compared() {
        assert_eq!(
            Unpaired::geometric(&group(&[1.0]), &group(&A)),
            Err(StatsError::TooFew { have: 1, need: 2 })
        );
    }
}

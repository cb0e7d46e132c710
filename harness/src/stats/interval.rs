//! Intervals for a number of invocations that was fixed beforehand.
//!
//! - Of the median: interpolated order statistics, whatever the distribution, wider where neighbours are alike.
//! - Of the mean: Student's t, `mean ± t(1 - alpha/2; n-1) * s / sqrt(n)`, on logs where values vary by factors.
//!
//! A bootstrap is left out on purpose: for a log-normal with sigma 0.5 the nominal 95 % percentile interval of the mean
//! covers about 81 % at n = 5 and 87 % at n = 10 by simulation.
//!
//! Neither may be looked at repeatedly while data come in: that is what [`super::anytime`] is for.

use super::distribution::{binomial_masses, normal_quantile, normal_two_sided, t_quantile};
use super::{Paired, PerInvocation, StatsError};

/// An error rate strictly between 0 and 1: one minus the confidence.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Alpha(f64);

impl Alpha {
    /// 5 %, for intervals of 95 % confidence.
    pub const FIVE_PERCENT: Alpha = Alpha(0.05);

    /// 0.5 %, for intervals of 99.5 % confidence.
    pub const HALF_A_PERCENT: Alpha = Alpha(0.005);

    /// An error rate.
    ///
    /// # Errors
    /// [`StatsError::Alpha`] outside of (0, 1).
    pub fn new(alpha: f64) -> Result<Self, StatsError> {
        if alpha > 0.0 && alpha < 1.0 {
            Ok(Alpha(alpha))
        } else {
            Err(StatsError::Alpha(alpha))
        }
    }

    /// The rate.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The confidence that goes with it.
    pub fn confidence(self) -> f64 {
        1.0 - self.0
    }

    /// Half of it, where two things may each go wrong.
    pub fn half(self) -> Alpha {
        Alpha(self.0 / 2.0)
    }
}

/// A centre with bounds on either side; a side may be infinite where too little is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The point estimate.
    pub center: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Chance that a procedure like this one covers the truth.
    pub confidence: f64,
}

impl Interval {
    /// `center ± half_width`; a half-width that is no number counts as infinite.
    pub(super) fn around(center: f64, half_width: f64, alpha: Alpha) -> Self {
        let half_width = if half_width.is_nan() {
            f64::INFINITY
        } else {
            half_width
        };
        Interval {
            center,
            lo: center - half_width,
            hi: center + half_width,
            confidence: alpha.confidence(),
        }
    }

    /// The smallest interval with this centre that holds both.
    pub(super) fn stretched_over(self, other: Interval) -> Self {
        Interval {
            lo: self.lo.min(other.lo),
            hi: self.hi.max(other.hi),
            ..self
        }
    }

    /// What both leave open, about this centre.
    pub(super) fn narrowed_by(self, other: Interval) -> Self {
        Interval {
            lo: self.lo.max(other.lo),
            hi: self.hi.min(other.hi),
            ..self
        }
    }

    /// From the log scale to factors: `exp` of centre and ends.
    pub fn exp(self) -> Self {
        Interval {
            center: self.center.exp(),
            lo: self.lo.exp(),
            hi: self.hi.exp(),
            ..self
        }
    }

    /// The same, half a measuring step wider on either side; `step` is on the interval's scale.
    ///
    /// A clock, a histogram bucket or a page count rounds each value by at most half a step, hence
    /// the median too, and more data do not average that away. Values that are equal only because
    /// the instrument is coarse would otherwise give an interval of no width. On a log scale the
    /// step is the relative one, `ln(1 + step / value)`.
    pub fn at_resolution(self, step: f64) -> Self {
        Interval {
            lo: self.lo - step.abs() / 2.0,
            hi: self.hi + step.abs() / 2.0,
            ..self
        }
    }

    /// Whether `value` lies inside or on an end.
    pub fn contains(&self, value: f64) -> bool {
        self.lo <= value && value <= self.hi
    }

    /// Whether both ends are finite.
    pub fn is_finite(&self) -> bool {
        self.lo.is_finite() && self.hi.is_finite()
    }

    /// Distance between the ends.
    pub fn width(&self) -> f64 {
        self.hi - self.lo
    }
}

/// Student's t interval of the mean, valid for one look at an n fixed beforehand.
///
/// Infinite for a single value.
pub fn t_interval(values: &PerInvocation, alpha: Alpha) -> Interval {
    widened_t_interval(values, alpha, 1.0)
}

fn widened_t_interval(values: &PerInvocation, alpha: Alpha, widening: f64) -> Interval {
    let n = values.len() as f64;
    let (mean, squares) = values.moments();
    let half_width = if values.len() < 2 {
        f64::INFINITY
    } else {
        widening * t_quantile(1.0 - alpha.get() / 2.0, n - 1.0) * (squares / (n - 1.0) / n).sqrt()
    };
    Interval::around(mean, half_width, alpha)
}

/// Interval of the median at an n fixed beforehand, whatever the distribution.
///
/// Between two order statistics, interpolated so that the coverage is the nominal one instead of the next larger that
/// the binomial offers: Hettmansperger & Sheather, "Confidence intervals based on interpolated order statistics",
/// Statistics & Probability Letters 4 (1986). With `gamma(d)` the coverage from the d-th value to the d-th from the end,
/// and `gamma(d) >= 1 - alpha > gamma(d + 1)`, the ends lie between the d-th and the next value inwards, at
/// `(n - d) I / (d + (n - 2d) I)` with `I = (gamma(d) - (1 - alpha)) / (gamma(d) - gamma(d + 1))`.
///
/// Where all values together cover less than `1 - alpha` (below 6 at 5 %, below 8 at 1 %), it is the smallest interval
/// that holds them and Student's, which then rests on the noise being roughly normal. Infinite for a single value.
///
/// Of fewer than [`ENOUGH_NEIGHBOURS`] values nothing is interpolated: six span the median with 96.9 %, and what is more than
/// 95 % of that is kept for neighbours that are alike, which so few can't show.
///
/// From [`ENOUGH_NEIGHBOURS`] values on, in the order in which they were measured, the interval is as much wider as their
/// likeness to their neighbours asks for: a machine that is slow for a while makes several values slow, and they count
/// as fewer ([`variance_inflation`]). Between order statistics that is a smaller `alpha`, in Student's a larger factor: its
/// quantile for a tiny `alpha` and few values would span more than any process ever took.
pub fn median_interval(values: &PerInvocation, alpha: Alpha) -> Interval {
    let widening = if values.len() < ENOUGH_NEIGHBOURS {
        1.0
    } else {
        variance_inflation(values).sqrt()
    };
    between_order_statistics(values, alpha, widening)
}

/// The same for ratios of two cells, without a look at neighbours: a stretch in which the machine is slow hits both cells of
/// a block, and which of them comes first is drawn anew in each. Where the cells do not differ, the sides on which their
/// ratios lie are tosses of a fair coin, whatever the noise; this is the sign test turned round.
pub fn paired_median_interval(pairs: &Paired, alpha: Alpha) -> Interval {
    between_order_statistics(pairs.log_ratios(), alpha, 1.0)
}

fn between_order_statistics(values: &PerInvocation, alpha: Alpha, widening: f64) -> Interval {
    let n = values.len();
    let z = normal_quantile(1.0 - alpha.get() / 2.0);
    let wanted = 1.0 - normal_two_sided(z * widening);
    let mut coverage = 1.0;
    let coverages: Vec<f64> = binomial_masses(n as u64, 0.5)
        .iter()
        .take(n.div_ceil(2))
        .map(|mass| {
            coverage -= 2.0 * mass;
            coverage
        })
        .collect();
    let rank = coverages.iter().take_while(|c| **c >= wanted).count();
    if rank == 0 {
        return values
            .between_ranks(1, alpha)
            .stretched_over(widened_t_interval(values, alpha, widening));
    }
    let outer = values.between_ranks(rank, alpha);
    let next = coverages.get(rank).filter(|_| n >= ENOUGH_NEIGHBOURS);
    let Some(next) = next else {
        return outer;
    };
    let excess = (coverages[rank - 1] - wanted) / (coverages[rank - 1] - next);
    let (all, d) = (n as f64, rank as f64);
    let inwards = (all - d) * excess / (d + (all - 2.0 * d) * excess);
    let inner = values.between_ranks(rank + 1, alpha);
    Interval {
        lo: outer.lo + inwards * (inner.lo - outer.lo),
        hi: outer.hi + inwards * (inner.hi - outer.hi),
        ..outer
    }
}

/// Fewest values of which the likeness of neighbours says anything.
const ENOUGH_NEIGHBOURS: usize = 7;

/// Neighbours that are alike more often than this tell that the values are nearly one.
const MOST_ALIKE: f64 = 0.9;

/// How many times larger the variance of the median is than if each value were independent of the one before; at least 1.
///
/// What counts for a median is on which side of it a value lies (Gastwirth & Rubin, "Effect of dependence on the level of
/// some one-sample tests", JASA 66, 1971). With `r` the correlation of the sides of neighbours it is `(1 + r) / (1 - r)`
/// if that of values `k` apart is `r^k`. `1/(n - 1)` is added to the correlation that was seen: by so much the sides about
/// a median of the same values are unlike where the values are independent.
fn variance_inflation(values: &PerInvocation) -> f64 {
    let n = values.len() as f64;
    let center = values.between_ranks(1, Alpha::FIVE_PERCENT).center;
    let sides: Vec<f64> = values
        .values()
        .iter()
        .map(|value| (value - center).partial_cmp(&0.0))
        .map(|side| side.map_or(0.0, |side| f64::from(side as i8)))
        .collect();
    let spread = sides.iter().map(|side| side * side).sum::<f64>() / n;
    if spread == 0.0 {
        return 1.0;
    }
    let alike: f64 = sides.iter().zip(&sides[1..]).map(|(a, b)| a * b).sum();
    let correlation = alike / (n - 1.0) / spread + 1.0 / (n - 1.0);
    let r = correlation.clamp(0.0, MOST_ALIKE);
    (1.0 + r) / (1.0 - r)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_are_alike_count_as_fewer() {
        let inflation =
            |values: &[f64]| variance_inflation(&PerInvocation::new(values.to_vec()).unwrap());
        // Sides - - - - + + + +: six neighbours alike, one not; (6 - 1) / 7 + 1/7 = 0.8571.
        let slow_later = inflation(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert!((slow_later - 13.0).abs() < 1e-9, "{slow_later}");
        assert_eq!(inflation(&[1.0, 8.0, 2.0, 7.0, 3.0, 6.0, 4.0, 5.0]), 1.0);
        assert_eq!(inflation(&[3.0; 8]), 1.0);
    }

    #[test]
    fn one_value_says_nothing_of_the_spread() {
        let interval = t_interval(&PerInvocation::new(vec![3.0]).unwrap(), Alpha::FIVE_PERCENT);
        assert_eq!(interval.center, 3.0);
        assert!(!interval.is_finite());
        assert!(interval.contains(-1e300));
    }

    #[test]
    fn a_median_of_few_values_rests_on_students_t_and_spans_them() {
        let five = PerInvocation::new(vec![1.0, 1.1, 0.9, 1.0, 2.0]).unwrap();
        let (median, t) = (
            median_interval(&five, Alpha::FIVE_PERCENT),
            t_interval(&five, Alpha::FIVE_PERCENT),
        );
        assert_eq!(median.center, 1.0);
        assert_eq!((median.lo, median.hi), (t.lo, t.hi.max(2.0)));
        let one = PerInvocation::new(vec![3.0]).unwrap();
        assert!(!median_interval(&one, Alpha::FIVE_PERCENT).is_finite());
    }

    #[test]
    fn six_values_are_spanned() {
        let rising = PerInvocation::new(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        let found = median_interval(&rising, Alpha::FIVE_PERCENT);
        assert_eq!((found.lo, found.center, found.hi), (1.0, 3.5, 6.0));
    }

    #[test]
    fn a_few_values_that_drift_give_a_wide_interval_and_no_absurd_one() {
        let rising = PerInvocation::new(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).unwrap();
        let found = median_interval(&rising, Alpha::FIVE_PERCENT);
        // Sides - - - 0 + + +: r = (4/6) / (6/7) + 1/6 = 0.9444, at most 0.9, hence a factor of sqrt(1.9/0.1) = 4.3589;
        // t(0.975, 6) * 2.1602 / sqrt(7) = 1.9979.
        assert!((found.lo - (4.0 - 8.7087)).abs() < 1e-3, "{found:?}");
        assert!((found.hi - (4.0 + 8.7087)).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn a_median_of_more_values_lies_between_order_statistics() {
        let values = [1.0, 10.0, 2.0, 9.0, 3.0, 8.0, 4.0, 7.0, 5.0, 6.0];
        let ten = PerInvocation::new(values.to_vec()).unwrap();
        let found = median_interval(&ten, Alpha::FIVE_PERCENT);
        // gamma(2) = 1 - 22/1024 and gamma(3) = 1 - 112/1024; I = 0.3244, inwards 8 I / (2 + 6 I) = 0.6577.
        assert!((found.lo - 2.6577).abs() < 1e-3, "{found:?}");
        assert!((found.hi - 8.3423).abs() < 1e-3, "{found:?}");
        assert_eq!(found.center, 5.5);
    }

    #[test]
    fn resolution_widens_both_sides_by_half_a_step() {
        let point = t_interval(
            &PerInvocation::new(vec![8.0; 5]).unwrap(),
            Alpha::FIVE_PERCENT,
        );
        assert_eq!((point.lo, point.hi), (8.0, 8.0));
        let coarse = point.at_resolution(1.0);
        assert_eq!((coarse.lo, coarse.hi), (7.5, 8.5));
    }

    #[test]
    fn error_rates_are_strictly_between_0_and_1() {
        for bad in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(Alpha::new(bad).is_err(), "{bad}");
        }
    }
}

//! One value per process: the only thing that inference is made from.
//!
//! A hundred samples of one process share its address-space layout, its heap and its luck. Taken
//! as a hundred trials they call two equal programs different in about two of three comparisons
//! (`tests/stats/simulation.rs` shows it); taken as one value, in 5 %.

use super::{Alpha, Interval, StatsError};

/// One value per invocation, in the order in which they ran. Never empty, always finite.
///
/// The contract, which no type can check: each value was reduced (a median, a slope, a count)
/// from **one fresh process**, and no process gave two of them. Inner samples belong into
/// [`super::quantile`], which describes and does not infer.
#[derive(Clone, Debug, PartialEq)]
pub struct PerInvocation(Vec<f64>);

impl PerInvocation {
    /// Takes one value per process.
    ///
    /// # Errors
    /// [`StatsError::Empty`] for no values, [`StatsError::NotFinite`] for NaN or an infinity.
    pub fn new(values: Vec<f64>) -> Result<Self, StatsError> {
        if values.is_empty() {
            return Err(StatsError::Empty);
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(StatsError::NotFinite {
                index,
                value: values[index],
            }),
            None => Ok(PerInvocation(values)),
        }
    }

    /// The values in the order in which they ran.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Number of invocations, at least 1.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The values in ascending order.
    pub fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    /// The middle value, or the mean of the two middle ones.
    pub fn median(&self) -> f64 {
        let sorted = self.sorted();
        let n = sorted.len();
        f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2])
    }

    /// From the `rank`-th value in ascending order to the `rank`-th from the end, about the median; counted from 1, and
    /// at most half of the values.
    pub(super) fn between_ranks(&self, rank: usize, alpha: Alpha) -> Interval {
        let sorted = self.sorted();
        let n = sorted.len();
        Interval {
            center: f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]),
            lo: sorted[rank - 1],
            hi: sorted[n - rank],
            confidence: alpha.confidence(),
        }
    }

    /// Natural logarithms: the scale of times, sizes and ratios, which vary by factors.
    ///
    /// # Errors
    /// [`StatsError::NotPositive`] where a value is zero or negative.
    pub fn logs(&self) -> Result<PerInvocation, StatsError> {
        match self.0.iter().position(|&value| value <= 0.0) {
            Some(index) => Err(StatsError::NotPositive {
                index,
                value: self.0[index],
            }),
            None => Ok(PerInvocation(self.0.iter().map(|v| v.ln()).collect())),
        }
    }

    /// Arithmetic mean.
    pub fn mean(&self) -> f64 {
        self.moments().0
    }

    /// Mean, and sum of squared deviations from it.
    ///
    /// Welford's update (Technometrics 1962): equal values give exactly that value and exactly 0,
    /// which a sum divided by n does not.
    pub(super) fn moments(&self) -> (f64, f64) {
        let (mut mean, mut squares) = (0.0, 0.0);
        for (index, value) in self.0.iter().enumerate() {
            let delta = value - mean;
            mean += delta / (index + 1) as f64;
            squares += delta * (value - mean);
        }
        (mean, squares)
    }
}

/// Log ratios of two cells within the blocks of one run.
///
/// What a block shares (temperature, neighbours, time of day) cancels in its ratio, which is why
/// blocks and not runs are the observations.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired(PerInvocation);

impl Paired {
    /// `ln(numerator / denominator)` for each block; both sides in block order.
    ///
    /// # Errors
    /// [`StatsError::Unpaired`] for sides of different length, [`StatsError::NotPositive`] where a
    /// value has no logarithm.
    pub fn new(numerator: &PerInvocation, denominator: &PerInvocation) -> Result<Self, StatsError> {
        if numerator.len() != denominator.len() {
            return Err(StatsError::Unpaired {
                left: numerator.len(),
                right: denominator.len(),
            });
        }
        let (above, below) = (numerator.logs()?, denominator.logs()?);
        let ratios = above.0.iter().zip(&below.0).map(|(a, b)| a - b).collect();
        PerInvocation::new(ratios).map(Paired)
    }

    /// One natural-log ratio per block: 0 is "no difference".
    pub fn log_ratios(&self) -> &PerInvocation {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_can_not_be_averaged() {
        assert_eq!(PerInvocation::new(vec![]), Err(StatsError::Empty));
        for bad in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert!(matches!(
                PerInvocation::new(vec![1.0, bad]),
                Err(StatsError::NotFinite { index: 1, .. })
            ));
        }
    }

    #[test]
    fn logs_take_positive_values_only() {
        let values = PerInvocation::new(vec![1.0, 0.0]).unwrap();
        assert_eq!(
            values.logs(),
            Err(StatsError::NotPositive {
                index: 1,
                value: 0.0
            })
        );
    }

    #[test]
    fn equal_values_have_no_spread_at_all() {
        let values = PerInvocation::new(vec![0.1; 7]).unwrap();
        assert_eq!(values.moments(), (0.1, 0.0));
    }

    #[test]
    fn pairs_are_ratios_of_the_same_block() {
        let go = PerInvocation::new(vec![2.0, 30.0]).unwrap();
        let rust = PerInvocation::new(vec![1.0, 10.0]).unwrap();
        let paired = Paired::new(&go, &rust).unwrap();
        let ratios: Vec<f64> = paired
            .log_ratios()
            .values()
            .iter()
            .map(|v| v.exp())
            .collect();
        assert!((ratios[0] - 2.0).abs() < 1e-12 && (ratios[1] - 3.0).abs() < 1e-12);
        assert_eq!(
            Paired::new(&go, &PerInvocation::new(vec![1.0]).unwrap()),
            Err(StatsError::Unpaired { left: 2, right: 1 })
        );
    }
}

//! Counts of random behaviour: is a `select` fair, does map order begin anywhere.
//!
//! - Pearson's chi-square goodness of fit (1900): `sum((observed - expected)^2 / expected)`.
//! - The exact binomial test, two-sided: the outcomes that are no likelier than the observed one.
//! - The Clopper-Pearson interval (Biometrika 1934), by quantiles of the beta distribution: never
//!   covers less than it says.
//!
//! The trials must be independent. Choices within one process usually are, if the generator behind
//! them is sound; for "which process ended first" there is one trial a process.

use super::distribution::{beta_quantile, binomial_masses, chi_square_tail};
use super::{Alpha, Interval, StatsError};

/// Below this expected count in a category the chi-square distribution is a poor approximation.
pub const SMALLEST_EXPECTED: f64 = 5.0;

/// Result of a goodness-of-fit test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GoodnessOfFit {
    /// Chi-square.
    pub statistic: f64,
    /// Categories of positive probability, less one.
    pub degrees_of_freedom: usize,
    /// Chance of a fit as bad as this, if the probabilities are right.
    pub p_value: f64,
    /// Smallest expected count: below [`SMALLEST_EXPECTED`] do not rely on p.
    pub smallest_expected: f64,
}

/// Do the counts fit these probabilities?
///
/// A count in a category of probability 0 refutes them outright: infinite statistic, p of 0.
///
/// # Errors
/// [`StatsError::Unpaired`] for lists of different length, [`StatsError::Probability`] where they are
/// no probabilities that sum to 1, [`StatsError::TooFew`] for fewer than two possible categories,
/// [`StatsError::Empty`] where nothing was counted.
pub fn goodness_of_fit(
    observed: &[u64],
    probabilities: &[f64],
) -> Result<GoodnessOfFit, StatsError> {
    if observed.len() != probabilities.len() {
        return Err(StatsError::Unpaired {
            left: observed.len(),
            right: probabilities.len(),
        });
    }
    if let Some(&bad) = probabilities.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(StatsError::Probability(bad));
    }
    let sum: f64 = probabilities.iter().sum();
    if (sum - 1.0).abs() > 1e-9 {
        return Err(StatsError::Probability(sum));
    }
    let possible = probabilities.iter().filter(|p| **p > 0.0).count();
    if possible < 2 {
        return Err(StatsError::TooFew {
            have: possible,
            need: 2,
        });
    }
    let total = observed.iter().map(|&count| count as f64).sum::<f64>();
    if total == 0.0 {
        return Err(StatsError::Empty);
    }
    let mut statistic = 0.0;
    let mut smallest_expected = f64::INFINITY;
    for (&count, p) in observed.iter().zip(probabilities) {
        let expected = total * p;
        if expected > 0.0 {
            statistic += (count as f64 - expected).powi(2) / expected;
            smallest_expected = smallest_expected.min(expected);
        } else if count > 0 {
            statistic = f64::INFINITY;
        }
    }
    let p_value = if statistic.is_finite() {
        chi_square_tail(statistic, (possible - 1) as f64)
    } else {
        0.0
    };
    Ok(GoodnessOfFit {
        statistic,
        degrees_of_freedom: possible - 1,
        p_value,
        smallest_expected,
    })
}

/// Two-sided exact p of `successes` in `trials`, if each succeeds with this `chance`.
///
/// Takes time and memory in proportion to the number of trials.
///
/// # Errors
/// [`StatsError::MoreSuccessesThanTrials`]; [`StatsError::Probability`] for a chance outside of 0 to 1.
pub fn binomial_test(successes: u64, trials: u64, chance: f64) -> Result<f64, StatsError> {
    check(successes, trials)?;
    if !(0.0..=1.0).contains(&chance) {
        return Err(StatsError::Probability(chance));
    }
    let masses = binomial_masses(trials, chance);
    let observed = masses.get(successes as usize).copied().unwrap_or(f64::NAN);
    // Outcomes that are equally likely by symmetry differ in the last digits.
    let likelier = observed * (1.0 + 1e-7);
    Ok(masses
        .iter()
        .filter(|mass| **mass <= likelier)
        .sum::<f64>()
        .min(1.0))
}

/// Clopper-Pearson interval of the chance of success; centre is the share seen.
///
/// # Errors
/// [`StatsError::MoreSuccessesThanTrials`]; [`StatsError::Empty`] without trials.
pub fn clopper_pearson(successes: u64, trials: u64, alpha: Alpha) -> Result<Interval, StatsError> {
    check(successes, trials)?;
    if trials == 0 {
        return Err(StatsError::Empty);
    }
    let (k, n) = (successes as f64, trials as f64);
    let half = alpha.get() / 2.0;
    let lo = if successes == 0 {
        0.0
    } else {
        beta_quantile(half, k, n - k + 1.0)
    };
    let hi = if successes == trials {
        1.0
    } else {
        beta_quantile(1.0 - half, k + 1.0, n - k)
    };
    Ok(Interval {
        center: k / n,
        lo,
        hi,
        confidence: alpha.confidence(),
    })
}

fn check(successes: u64, trials: u64) -> Result<(), StatsError> {
    if successes > trials {
        return Err(StatsError::MoreSuccessesThanTrials { successes, trials });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_impossible_refutes() {
        let fit = goodness_of_fit(&[50, 50, 1], &[0.5, 0.5, 0.0]).unwrap();
        assert_eq!((fit.p_value, fit.degrees_of_freedom), (0.0, 1));
        let fit = goodness_of_fit(&[50, 50, 0], &[0.5, 0.5, 0.0]).unwrap();
        assert_eq!((fit.statistic, fit.p_value), (0.0, 1.0));
    }

    #[test]
    fn refuses_what_is_no_distribution() {
        assert!(goodness_of_fit(&[1, 2], &[0.5, 0.6]).is_err());
        assert!(goodness_of_fit(&[1, 2], &[1.5, -0.5]).is_err());
        assert!(goodness_of_fit(&[1], &[1.0]).is_err());
        assert!(goodness_of_fit(&[0, 0], &[0.5, 0.5]).is_err());
        assert!(binomial_test(3, 2, 0.5).is_err());
        assert!(binomial_test(1, 2, 1.5).is_err());
        assert!(clopper_pearson(0, 0, Alpha::FIVE_PERCENT).is_err());
    }

    #[test]
    fn certain_outcomes() {
        assert_eq!(binomial_test(0, 0, 0.5), Ok(1.0));
        assert_eq!(binomial_test(10, 10, 1.0), Ok(1.0));
        assert_eq!(binomial_test(9, 10, 1.0), Ok(0.0));
    }
}

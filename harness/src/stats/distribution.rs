//! Quantiles and tails of the named distributions.
//!
//! statrs refuses impossible parameters with an error; callers here have excluded those, and
//! should one slip through, NaN says so louder than a default would.

use statrs::distribution::{
    Beta, Binomial, ChiSquared, ContinuousCDF, Discrete, Normal, StudentsT,
};

/// The `p`-quantile of Student's t with `freedom` > 0 degrees of freedom.
pub(super) fn t_quantile(p: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |t| t.inverse_cdf(p))
}

/// `P(|T| >= |t|)` of Student's t with `freedom` > 0 degrees of freedom.
pub(super) fn t_two_sided(t: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |d| (2.0 * d.sf(t.abs())).min(1.0))
}

/// `P(|Z| >= |z|)` of the standard normal.
pub(super) fn normal_two_sided(z: f64) -> f64 {
    (2.0 * Normal::standard().sf(z.abs())).min(1.0)
}

/// The `p`-quantile of the standard normal.
pub(super) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// `P(X >= x)` of chi-square with `freedom` > 0.
pub(super) fn chi_square_tail(x: f64, freedom: f64) -> f64 {
    ChiSquared::new(freedom).map_or(f64::NAN, |chi| chi.sf(x))
}

/// The `p`-quantile of the beta distribution with `a`, `b` > 0.
pub(super) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    Beta::new(a, b).map_or(f64::NAN, |beta| beta.inverse_cdf(p))
}

/// Probabilities of 0 to `trials` successes.
pub(super) fn binomial_masses(trials: u64, chance: f64) -> Vec<f64> {
    match Binomial::new(chance, trials) {
        Ok(binomial) => (0..=trials).map(|k| binomial.pmf(k)).collect(),
        Err(_) => Vec::new(),
    }
}

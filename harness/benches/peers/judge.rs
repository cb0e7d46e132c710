//! What the judging of several peers shares.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::raw::Call;

/// The level at which hyperfine's script and benchstat call a difference.
pub const SIGNIFICANT: f64 = 0.05;

/// A smaller p is no stronger evidence to anybody.
const SMALLEST_P: f64 = 1e-12;

/// `-log10 p`, for p that may be 0.
pub fn evidence(p: f64) -> f64 {
    -p.clamp(SMALLEST_P, 1.0).log10()
}

/// A call by significance, its direction by the ratio.
pub fn call(is_significant: bool, ratio: f64) -> Call {
    match (is_significant, ratio > 1.0) {
        (false, _) => Call::Same,
        (true, true) => Call::Slower,
        (true, false) => Call::Faster,
    }
}

/// Arithmetic mean; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Two-sided p of Welch's t test (Biometrika 1947); `None` below two values a side, or without any spread.
pub fn welch(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    // Squared standard error of the mean.
    let error = |values: &[f64]| {
        let (n, mean) = (values.len() as f64, mean(values));
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n
    };
    let (ea, eb) = (error(a), error(b));
    let t = (mean(b) - mean(a)) / (ea + eb).sqrt();
    let freedom = (ea + eb).powi(2)
        / (ea.powi(2) / (a.len() as f64 - 1.0) + eb.powi(2) / (b.len() as f64 - 1.0));
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    t.is_finite().then(|| 2.0 * student.sf(t.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welch_agrees_with_scipy() {
        // scipy.stats.ttest_ind([19, 22, 16, 29, 24], [20, 11, 17, 12], equal_var=False)
        let p = welch(&[19.0, 22.0, 16.0, 29.0, 24.0], &[20.0, 11.0, 17.0, 12.0]);
        assert!((p.unwrap() - 0.05675092592187574).abs() < 1e-9, "{p:?}");
        assert_eq!(welch(&[1.0], &[2.0, 3.0]), None);
        assert_eq!(welch(&[1.0, 1.0], &[1.0, 1.0]), None);
    }

    #[test]
    fn evidence_is_finite_for_every_p() {
        assert_eq!(evidence(1.0), 0.0);
        assert_eq!(evidence(0.0), 12.0);
        assert!((evidence(0.01) - 2.0).abs() < 1e-12);
    }
}

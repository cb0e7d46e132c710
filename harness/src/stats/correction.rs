//! Many claims at once: p values adjusted so that they can be held against one alpha.
//!
//! 200 claims at 5 % give 10 false alarms where nothing is true. [`holm`] bounds the chance of *any*
//! false alarm (Holm, Scand. J. Statist. 1979), which is what a gate needs; [`benjamini_hochberg`]
//! bounds the *share* of false ones among those reported (JRSS B 1995).
//!
//! Results keep the order of the input. NaN counts as 1: no evidence.

/// Holm's step-down adjustment: `max over j <= i of (m - j + 1) p(j)`, at most 1.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let ascending = ascending(p_values);
    let m = p_values.len();
    let mut adjusted = vec![1.0; m];
    let mut running = 0.0_f64;
    for (rank, &(index, p)) in ascending.iter().enumerate() {
        running = running.max((m - rank) as f64 * p).min(1.0);
        adjusted[index] = running;
    }
    adjusted
}

/// Benjamini-Hochberg step-up adjustment: `min over j >= i of m p(j) / j`, at most 1.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let ascending = ascending(p_values);
    let m = p_values.len();
    let mut adjusted = vec![1.0; m];
    let mut running = 1.0_f64;
    for (rank, &(index, p)) in ascending.iter().enumerate().rev() {
        running = running.min(m as f64 / (rank + 1) as f64 * p);
        adjusted[index] = running;
    }
    adjusted
}

/// Position and value, smallest first.
fn ascending(p_values: &[f64]) -> Vec<(usize, f64)> {
    let clean = |p: f64| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) };
    let mut pairs: Vec<(usize, f64)> = p_values.iter().map(|&p| clean(p)).enumerate().collect();
    pairs.sort_by(|a, b| a.1.total_cmp(&b.1));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_stays_none_and_one_stays_itself() {
        assert!(holm(&[]).is_empty());
        assert!(benjamini_hochberg(&[]).is_empty());
        assert_eq!(holm(&[0.03]), [0.03]);
        assert_eq!(benjamini_hochberg(&[0.03]), [0.03]);
    }

    #[test]
    fn no_number_is_no_evidence() {
        assert_eq!(holm(&[f64::NAN, 0.01]), [1.0, 0.02]);
        assert_eq!(benjamini_hochberg(&[f64::NAN, 0.01]), [1.0, 0.02]);
    }
}

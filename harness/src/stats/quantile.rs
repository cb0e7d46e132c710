//! Quantiles of sorted values, and what a sample can say of a population's quantile.
//!
//! Type 7 of Hyndman & Fan ("Sample quantiles in statistical packages", 1996), the default of R and
//! NumPy: with `h = (n - 1) p`, interpolate linearly between the values of 0-based rank `floor(h)`
//! and `floor(h) + 1`.
//!
//! Distribution-free statements rest on order statistics (David & Nagaraja, "Order Statistics", 2003,
//! 7.1): of n values the number below the population's p-quantile is binomial(n, p).

/// The type-7 `p`-quantile of values in ascending order; `p` outside of 0 to 1 counts as that end.
///
/// `None` for no values.
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    debug_assert!(sorted.is_sorted(), "quantiles are taken of sorted values");
    let last = sorted.len().checked_sub(1)?;
    let h = last as f64 * p.clamp(0.0, 1.0);
    let below = h.floor() as usize;
    let (a, b) = (*sorted.get(below)?, sorted[(below + 1).min(last)]);
    // Equal neighbours need no arithmetic, which for infinities would give NaN.
    Some(if a == b { a } else { a + (b - a) * h.fract() })
}

/// The type-7 `p`-quantile of values in any order, which it changes: linear in their number, where sorting is not.
///
/// `None` for no values.
pub fn quantile_of(values: &mut [f64], p: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let h = last as f64 * p.clamp(0.0, 1.0);
    let below = h.floor() as usize;
    let (_, a, above) = values.select_nth_unstable_by(below.min(last), f64::total_cmp);
    let a = *a;
    let b = above.iter().copied().min_by(f64::total_cmp).unwrap_or(a);
    Some(if a == b { a } else { a + (b - a) * h.fract() })
}

/// The type-7 median of values in any order; `None` for no values.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile_of(&mut values.to_vec(), 0.5)
}

/// The type-7 `p`-quantile over operations, where each value stands for `ops` of them.
///
/// The same as writing each value down `ops` times. Samples in any order; `None` if they hold no
/// operation at all.
pub fn weighted_quantile(samples: &[(f64, u64)], p: f64) -> Option<f64> {
    let mut sorted: Vec<(f64, u64)> = samples
        .iter()
        .filter(|(_, ops)| *ops > 0)
        .copied()
        .collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: u128 = sorted.iter().map(|&(_, ops)| u128::from(ops)).sum();
    let last = total.checked_sub(1)?;
    let h = last as f64 * p.clamp(0.0, 1.0);
    let below = (h.floor() as u128).min(last);
    let at_rank = |rank: u128| {
        let mut before = 0;
        sorted.iter().find_map(|&(value, ops)| {
            before += u128::from(ops);
            (rank < before).then_some(value)
        })
    };
    let (a, b) = (at_rank(below)?, at_rank((below + 1).min(last))?);
    Some(if a == b { a } else { a + (b - a) * h.fract() })
}

/// Fewest values that bound a population's `p`-quantile on both sides with this confidence.
///
/// Smallest n with `1 - p^n - (1 - p)^n >= confidence`: the chance that the smallest and the largest
/// value enclose it, whatever the distribution. At 95 %: 6 for the median, 29 for p90, 59 for p95,
/// 299 for p99, 2,995 for p99.9. With fewer, the honest figure is "largest of n".
///
/// `None` unless both arguments are strictly between 0 and 1.
pub fn min_values_for_percentile(p: f64, confidence: f64) -> Option<u64> {
    let inside = |x: f64| x > 0.0 && x < 1.0;
    if !inside(p) || !inside(confidence) {
        return None;
    }
    let missed = |n: u64| p.powf(n as f64) + (1.0 - p).powf(n as f64);
    // The larger term alone gives a lower bound, at most a few steps short.
    let start = ((1.0 - confidence).ln() / p.max(1.0 - p).ln())
        .floor()
        .max(1.0) as u64;
    (start..).find(|&n| missed(n) <= 1.0 - confidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_nothing_and_of_one() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(median(&[]), None);
        assert_eq!(quantile(&[7.0], 0.99), Some(7.0));
        assert_eq!(weighted_quantile(&[(1.0, 0)], 0.5), None);
    }

    #[test]
    fn order_does_not_matter() {
        let mut sorted: Vec<f64> = (0..50).map(|i| f64::from(i * 37 % 50) * 1.5).collect();
        let shuffled = sorted.clone();
        sorted.sort_by(f64::total_cmp);
        for n in 1..=sorted.len() {
            for p in [0.0, 0.1, 0.5, 0.9, 0.99, 1.0] {
                let mut some = shuffled[..n].to_vec();
                let mut same = some.clone();
                same.sort_by(f64::total_cmp);
                assert_eq!(quantile_of(&mut some, p), quantile(&same, p), "{n} {p}");
            }
        }
    }

    #[test]
    fn operations_weigh() {
        // 99 operations at 1, one at 100: the median is 1, not 50.5.
        let samples = [(100.0, 1), (1.0, 99)];
        assert_eq!(weighted_quantile(&samples, 0.5), Some(1.0));
        assert_eq!(weighted_quantile(&samples, 1.0), Some(100.0));
    }

    #[test]
    fn percentiles_need_the_published_numbers_of_values() {
        for (p, need) in [(0.5, 6), (0.9, 29), (0.95, 59), (0.99, 299), (0.999, 2995)] {
            assert_eq!(min_values_for_percentile(p, 0.95), Some(need), "{p}");
            assert_eq!(
                min_values_for_percentile(1.0 - p, 0.95),
                Some(need),
                "1 - {p}"
            );
        }
        assert_eq!(min_values_for_percentile(1.0, 0.95), None);
        assert_eq!(min_values_for_percentile(f64::NAN, 0.95), None);
    }
}

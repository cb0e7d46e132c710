//! Quantiles and shares out of a histogram: known only to the bucket, and said so.
//!
//! Bucket i holds the values from `bounds[i]` to `bounds[i + 1]`. The results hold whichever end
//! belongs to the bucket: Go's `runtime/metrics` include the lower, Prometheus the upper.

use super::StatsError;

/// A quantile of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BucketQuantile {
    /// Lower bound of its bucket; may be `-inf`.
    pub lo: f64,
    /// Upper bound of its bucket, or the largest value seen if that is lower; may be `+inf`.
    pub hi: f64,
    /// Linear interpolation by rank between them; the finite one where only one is.
    pub point: f64,
}

/// A share of the values, known up to the bucket that straddles the limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// At least this share, from 0 to 1.
    pub lo: f64,
    /// At most this share, from 0 to 1.
    pub hi: f64,
}

/// The bucket of the `p`-quantile: the first at whose end a share `p` of the values is reached.
///
/// `max` is the largest value seen, where the program knows it: it bounds the last bucket.
///
/// # Errors
/// [`StatsError::Histogram`] where bounds and counts do not fit or hold no value, or where the only
/// bucket is unbounded on both sides; [`StatsError::Probability`] for a `p` outside of 0 to 1.
pub fn quantile(
    bounds: &[f64],
    counts: &[u64],
    max: Option<f64>,
    p: f64,
) -> Result<BucketQuantile, StatsError> {
    let total = check(bounds, counts)?;
    if !(0.0..=1.0).contains(&p) {
        return Err(StatsError::Probability(p));
    }
    // 0.07 * 100 is a little above 7: without slack the rank would fall into the next bucket.
    let rank = total as f64 * p;
    let reached = rank * (1.0 - 1e-12);
    let mut below = 0;
    let mut found = None;
    for (bucket, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        found = Some((bucket, below, count));
        below += u128::from(count);
        if below as f64 >= reached {
            break;
        }
    }
    let Some((bucket, below, count)) = found else {
        return Err(StatsError::Histogram("it holds no values"));
    };
    let lo = bounds[bucket];
    let hi = match max {
        Some(max) if max >= lo => bounds[bucket + 1].min(max),
        _ => bounds[bucket + 1],
    };
    let point = match (lo.is_finite(), hi.is_finite()) {
        (true, true) => {
            let within = (rank - below as f64) / count as f64;
            lo + (hi - lo) * within.clamp(0.0, 1.0)
        }
        (true, false) => lo,
        (false, true) => hi,
        (false, false) => {
            return Err(StatsError::Histogram("its only bucket has no finite bound"));
        }
    };
    Ok(BucketQuantile { lo, hi, point })
}

/// The share of the values that are at most `limit`.
///
/// A bucket that ends at or below the limit counts for certain, one that begins at or below it
/// perhaps.
///
/// # Errors
/// [`StatsError::Histogram`] where bounds and counts do not fit or hold no value;
/// [`StatsError::NotFinite`] where the limit is NaN.
pub fn share_at_or_below(
    bounds: &[f64],
    counts: &[u64],
    max: Option<f64>,
    limit: f64,
) -> Result<Share, StatsError> {
    let total = check(bounds, counts)? as f64;
    if limit.is_nan() {
        return Err(StatsError::NotFinite {
            index: 0,
            value: limit,
        });
    }
    if max.is_some_and(|max| max <= limit) {
        return Ok(Share { lo: 1.0, hi: 1.0 });
    }
    let share = |bound: usize| {
        let inside = counts
            .iter()
            .zip(&bounds[bound..])
            .filter(|(_, b)| **b <= limit);
        inside.map(|(&count, _)| u128::from(count)).sum::<u128>() as f64 / total
    };
    Ok(Share {
        lo: share(1),
        hi: share(0),
    })
}

/// Refuses what is no histogram; returns the number of values.
fn check(bounds: &[f64], counts: &[u64]) -> Result<u128, StatsError> {
    if bounds.len() != counts.len() + 1 {
        return Err(StatsError::Histogram("it takes one more bound than counts"));
    }
    // NaN compares as false, so that it is refused too.
    if !bounds.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(StatsError::Histogram("its bounds do not ascend"));
    }
    match counts.iter().map(|&count| u128::from(count)).sum() {
        0 => Err(StatsError::Histogram("it holds no values")),
        total => Ok(total),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn names_the_bucket_and_interpolates_inside() {
        let found = quantile(&[0.0, 10.0, 20.0, 40.0], &[5, 0, 5], None, 0.75).unwrap();
        assert_eq!((found.lo, found.hi, found.point), (20.0, 40.0, 30.0));
        let median = quantile(&[0.0, 10.0, 20.0, 40.0], &[5, 0, 5], None, 0.5).unwrap();
        assert_eq!((median.lo, median.hi, median.point), (0.0, 10.0, 10.0));
    }

    #[test]
    fn rounding_does_not_shift_a_rank_into_the_next_bucket() {
        let found = quantile(&[0.0, 1.0, 2.0], &[7, 93], None, 0.07).unwrap();
        assert_eq!(found.hi, 1.0);
    }

    #[test]
    fn an_unbounded_bucket_gives_its_finite_end_or_the_known_maximum() {
        let (bounds, counts) = ([-INF, 1.0, 2.0, INF], [1, 0, 9]);
        let low = quantile(&bounds, &counts, None, 0.0).unwrap();
        assert_eq!((low.lo, low.hi, low.point), (-INF, 1.0, 1.0));
        let open = quantile(&bounds, &counts, None, 0.99).unwrap();
        assert_eq!((open.lo, open.hi, open.point), (2.0, INF, 2.0));
        let known = quantile(&bounds, &counts, Some(3.0), 1.0).unwrap();
        assert_eq!((known.lo, known.hi, known.point), (2.0, 3.0, 3.0));
    }

    #[test]
    fn a_share_is_bounded_by_the_straddling_bucket() {
        let (bounds, counts) = ([0.0, 10.0, 20.0, INF], [6, 3, 1]);
        let share = |limit, max| share_at_or_below(&bounds, &counts, max, limit).unwrap();
        assert_eq!(share(15.0, None), Share { lo: 0.6, hi: 0.9 });
        // A value of exactly 10 may lie in either bucket, by convention.
        assert_eq!(share(10.0, None), Share { lo: 0.6, hi: 0.9 });
        assert_eq!(share(-1.0, None), Share { lo: 0.0, hi: 0.0 });
        assert_eq!(share(30.0, None), Share { lo: 0.9, hi: 1.0 });
        assert_eq!(share(30.0, Some(25.0)), Share { lo: 1.0, hi: 1.0 });
    }

    #[test]
    fn refuses_what_is_no_histogram() {
        for (bounds, counts) in [
            (vec![0.0, 1.0], vec![1, 2]),
            (vec![1.0, 1.0], vec![1]),
            (vec![0.0, f64::NAN], vec![1]),
            (vec![0.0, 1.0], vec![0]),
            (vec![-INF, INF], vec![3]),
        ] {
            assert!(
                matches!(
                    quantile(&bounds, &counts, None, 0.5),
                    Err(StatsError::Histogram(_))
                ),
                "{bounds:?}"
            );
        }
    }
}

//! A confidence sequence for the median: valid at every look, whatever the distribution.
//!
//! An interval that is made for one look, and is looked at after every block until it excludes 1.0, does so by chance
//! in 26 % of A/A streams within 50 blocks. The sequence here may be looked at always: over the whole
//! stream, the chance that it *ever* excludes the truth is at most alpha.
//!
//! # Method
//! Of independent values with median m, each lies below m by the toss of a fair coin. Robbins, "Statistical methods
//! related to the law of the iterated logarithm", Ann. Math. Stat. 41 (1970); Howard & Ramdas, "Sequential estimation
//! of quantiles with applications to A/B testing and best-arm identification", Bernoulli 28 (2022). Let k of n values
//! lie below a candidate m. Under a uniform prior on the coin, the likelihood ratio of "some coin" against "a fair coin"
//! is
//!
//! ```text
//! M_n = 2^n / ((n + 1) C(n, k)) = 1 / ((n + 1) P(Bin(n, 1/2) = k))
//! ```
//!
//! a martingale that starts at 1 if m is the median. By Ville's inequality it ever reaches 1/alpha with a chance of at
//! most alpha. The sequence keeps every m with `(n + 1) P(Bin(n, 1/2) = k) > alpha`: all between two order statistics,
//! see [`rank_of_ends`]. Values equal to m may be counted on either side; they never exclude it.
//!
//! Below 8 values not even `k = 0` can exclude anything at 5 %. The first looks, from [`FIRST_LOOK`] on, are taken with
//! [`super::mixture_t`] and a fifth of alpha, which leaves four fifths for the counting. That opening rests on the
//! noise being roughly symmetric; it is wide enough (some 4 standard deviations at n = 5) that even the recorded noise
//! of `tests/stats` does not break it, and it always spans all values seen.
//!
//! # Why the median
//! On a shared machine the logarithm of a process's time is a narrow core with stretches in which everything takes
//! 1.5 to 1.8 times as long. A mean is dragged along, and its standard deviation of 20 % hides a difference of 5 %;
//! the median of the ratios stays where the core is. Half-widths at alpha = 5 % in standard deviations of normal noise,
//! where the mean is at its best:
//!
//! | n | 5 | 6 | 8 | 10 | 12 | 16 | 20 | 30 | 40 | 60 | 100 |
//! |---|---|---|---|---|---|---|---|---|---|---|---|
//! | counting, expected | | | 1.22 | 1.34 | 1.02 | 0.93 | 0.88 | 0.75 | 0.62 | 0.54 | 0.42 |
//! | mixture t of the mean | 2.40 | 1.93 | 1.49 | 1.26 | 1.12 | 0.92 | 0.81 | 0.65 | 0.56 | 0.46 | 0.35 |
//!
//! So it costs up to a fifth of the width where the noise is normal. Where it is not, it is both narrower and right:
//! `results/proofs/peeking.txt` has the streams, `results/proofs/peers.txt` the difference that it makes on a real machine.
//!
//! # What it can't show
//! What happens in less than half of the invocations: a program that is twice as slow in every third process has the
//! median of the others. Such a mode is seen in the charts, and by a claim about a high percentile or the largest value.

use super::distribution::binomial_masses;
use super::interval::paired_median_interval;
use super::{Alpha, Interval, Paired, PerInvocation, mixture_t};

/// Invocations (or pairs) before the first finite interval.
///
/// A coarse instrument easily gives three or four equal values.
pub const FIRST_LOOK: usize = 5;

/// Share of alpha that is spent on the looks at too few values for counting.
const OPENING: f64 = 0.2;

/// Of `n` values in ascending order, the interval reaches from the k-th to the k-th from the end, counted from 1; `None`
/// where so few can exclude nothing by counting.
pub fn rank_of_ends(n: usize, alpha: Alpha) -> Option<usize> {
    let limit = (1.0 - OPENING) * alpha.get();
    binomial_masses(n as u64, 0.5)
        .iter()
        .position(|mass| (n as f64 + 1.0) * mass > limit)
        .filter(|below| *below > 0)
}

/// The confidence sequence after these values, on their own scale: hand in logs for a factor.
///
/// The centre is the median. Infinite below [`FIRST_LOOK`]. Values that are all equal give that point: right for a count
/// that is the same by design. For quantised values follow it by [`Interval::at_resolution`], since equal readings of a
/// coarse clock do not mean equal times.
pub fn interval(values: &PerInvocation, alpha: Alpha) -> Interval {
    let n = values.len();
    if let Some(rank) = rank_of_ends(n, alpha) {
        return values.between_ranks(rank, alpha);
    }
    if n < FIRST_LOOK {
        return Interval::around(values.median(), f64::INFINITY, alpha);
    }
    let opening = mixture_t::half_width(values, OPENING * alpha.get());
    values
        .between_ranks(1, alpha)
        .stretched_over(Interval::around(values.mean(), opening, alpha))
}

/// The interval of the log ratio of two cells when their stream has ended, at a length which the ratios did not decide:
/// that of a time limit, say.
///
/// One look at the end needs less than all looks together: half of alpha is for the looks on the way, which must be taken at
/// [`Alpha::half`], and half for this one. What [`interval`] or [`paired_median_interval`] excludes at that level is
/// excluded. For 300 pairs at 0.5 % in all this resolves 3.0 standard errors of the sign test, the sequence at 1 % 3.9.
///
/// Cells that do not differ: with the pairs' order drawn by lot, exchanging the two of a block changes the sign of its ratio
/// and not the time that it took. So the length tells nothing of the signs, and the level of the last look holds.
pub fn at_the_end(pairs: &Paired, alpha: Alpha) -> Interval {
    let sequence = interval(pairs.log_ratios(), alpha.half());
    if !sequence.is_finite() {
        return sequence;
    }
    Interval {
        confidence: alpha.confidence(),
        ..sequence.narrowed_by(paired_median_interval(pairs, alpha.half()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], alpha: Alpha) -> Interval {
        interval(&PerInvocation::new(values.to_vec()).unwrap(), alpha)
    }

    #[test]
    fn the_ends_are_where_the_likelihood_ratio_reaches_one_over_alpha() {
        for (n, alpha) in [(8, 0.05), (12, 0.05), (20, 0.05), (20, 0.01), (100, 0.01)] {
            let rank = rank_of_ends(n, Alpha::new(alpha).unwrap()).unwrap();
            // 2^n / ((n + 1) C(n, k)) by its own recursion over k.
            let ratio = |k: usize| {
                let steps = (1..=k).map(|i| i as f64 / (n - i + 1) as f64);
                steps.product::<f64>() * 2_f64.powi(n as i32) / (n as f64 + 1.0)
            };
            assert!(ratio(rank) < 1.25 / alpha, "n={n}: {}", ratio(rank));
            assert!(
                ratio(rank - 1) >= 1.25 / alpha,
                "n={n}: {}",
                ratio(rank - 1)
            );
        }
    }

    #[test]
    fn says_nothing_before_the_first_look() {
        for n in 1..FIRST_LOOK {
            assert!(!of(&vec![2.0; n], Alpha::FIVE_PERCENT).is_finite(), "n={n}");
        }
    }

    #[test]
    fn the_first_looks_span_more_than_what_was_seen() {
        let data = [0.3, -0.1, 0.25, 0.9, 0.4, -0.6, 0.2];
        for n in FIRST_LOOK..=data.len() {
            assert_eq!(rank_of_ends(n, Alpha::FIVE_PERCENT), None);
            let found = of(&data[..n], Alpha::FIVE_PERCENT);
            assert!(
                found.is_finite() && found.lo < -0.6 && found.hi > 0.9,
                "{found:?}"
            );
        }
    }

    #[test]
    fn slow_processes_do_not_drag_the_centre_along() {
        let mut data = [1.00, 1.01, 0.99, 1.02, 0.98, 1.00, 1.01, 0.99, 1.00, 1.01].repeat(2);
        let clean = of(&data, Alpha::FIVE_PERCENT);
        for at in [1, 8, 14] {
            data[at] *= 1.7;
        }
        let disturbed = of(&data, Alpha::FIVE_PERCENT);
        assert!((disturbed.center / clean.center - 1.0).abs() < 0.01);
        assert!(disturbed.hi < 1.03, "{disturbed:?}");
    }

    #[test]
    fn equal_values_are_a_point_and_a_step_gives_it_width() {
        let exact = of(&[20.0; FIRST_LOOK], Alpha::FIVE_PERCENT);
        assert_eq!((exact.lo, exact.center, exact.hi), (20.0, 20.0, 20.0));
        assert_eq!(exact.at_resolution(20.0).width(), 20.0);
    }

    fn pairs(log_ratios: &[f64]) -> Paired {
        let above: Vec<f64> = log_ratios.iter().map(|log| log.exp()).collect();
        let side = |values: Vec<f64>| PerInvocation::new(values).unwrap();
        Paired::new(&side(above), &side(vec![1.0; log_ratios.len()])).unwrap()
    }

    #[test]
    fn the_last_look_resolves_more_than_the_looks_on_the_way() {
        let noise: Vec<f64> = (0..200)
            .map(|i| f64::from(i * 7919 % 200) / 200.0 - 0.5)
            .collect();
        let all = pairs(&noise);
        let (on_the_way, last) = (
            interval(all.log_ratios(), Alpha::FIVE_PERCENT),
            at_the_end(&all, Alpha::FIVE_PERCENT),
        );
        assert_eq!(last.confidence, 0.95);
        assert_eq!(last.center, on_the_way.center);
        assert!(
            last.width() < 0.9 * on_the_way.width(),
            "{last:?} {on_the_way:?}"
        );
        // The sign test at 2.5 %: ranks 84 and 85 of 200 have 2 P(Bin <= 83) = 0.0194 and 2 P(Bin <= 84) = 0.0281.
        let sorted = all.log_ratios().sorted();
        assert!(last.lo >= sorted[83] && last.lo <= sorted[84], "{last:?}");
    }

    #[test]
    fn too_few_pairs_end_with_no_interval() {
        let found = at_the_end(&pairs(&[0.1, -0.2, 0.3, 0.1]), Alpha::FIVE_PERCENT);
        assert!(!found.is_finite(), "{found:?}");
    }

    #[test]
    fn a_tiny_alpha_stays_finite_or_honestly_infinite() {
        let tiny = Alpha::new(1e-300).unwrap();
        assert!(!of(&[1.0, 2.0, 3.0, 4.0, 5.0], tiny).is_finite());
        assert!(rank_of_ends(2000, tiny).is_some());
    }
}

//! What must hold for any input.

use harness::stats::{
    Alpha, Interval, PerInvocation, anytime, correction, counts, histogram, interval, quantile,
    rank,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 256,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x5747_5354),
        ..ProptestConfig::default()
    }
}

fn values(size: std::ops::Range<usize>) -> impl Strategy<Value = PerInvocation> {
    vec(-1e6..1e6_f64, size).prop_map(|v| PerInvocation::new(v).unwrap())
}

/// Every way from values to an interval of their centre.
fn every_interval(values: &PerInvocation, alpha: Alpha) -> [Interval; 3] {
    [
        anytime::interval(values, alpha),
        interval::t_interval(values, alpha),
        interval::median_interval(values, alpha),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_interval_contains_its_centre(values in values(1..50), alpha in 0.001..0.999_f64) {
        for interval in every_interval(&values, Alpha::new(alpha).unwrap()) {
            prop_assert!(interval.contains(interval.center), "{interval:?}");
        }
    }

    #[test]
    fn a_larger_alpha_gives_an_interval_inside(
        values in values(1..50),
        small in 0.0001..0.5_f64,
        more in 1.0..1.9_f64,
    ) {
        let outer = every_interval(&values, Alpha::new(small).unwrap());
        let inner = every_interval(&values, Alpha::new(small * more).unwrap());
        for (outer, inner) in outer.iter().zip(inner) {
            prop_assert!(outer.lo <= inner.lo && inner.hi <= outer.hi, "{outer:?} {inner:?}");
        }
    }

    #[test]
    fn looking_always_costs_width(values in values(5..60), alpha in 0.0001..0.2_f64) {
        let alpha = Alpha::new(alpha).unwrap();
        // Low and high in turn, so that neighbours are not alike, which only the interval of one look minds.
        let sorted = values.sorted();
        let (low, high) = sorted.split_at(sorted.len() / 2);
        let mut in_turn: Vec<f64> = high.iter().zip(low).flat_map(|(h, l)| [*h, *l]).collect();
        in_turn.extend(high.get(low.len()));
        let values = PerInvocation::new(in_turn).unwrap();
        let (always, once) = (anytime::interval(&values, alpha), interval::median_interval(&values, alpha));
        prop_assert!(always.width() >= once.width());
    }

    #[test]
    fn an_interval_moves_and_scales_with_its_values(
        values in values(5..30),
        shift in -1e3..1e3_f64,
        scale in 0.1..10.0_f64,
    ) {
        let moved = values.values().iter().map(|v| v * scale + shift).collect();
        let moved = PerInvocation::new(moved).unwrap();
        let before = every_interval(&values, Alpha::FIVE_PERCENT);
        let after = every_interval(&moved, Alpha::FIVE_PERCENT);
        for (before, after) in before.iter().zip(after).filter(|(b, _)| b.is_finite()) {
            prop_assert!((before.lo * scale + shift - after.lo).abs() < 1e-3);
            prop_assert!((before.hi * scale + shift - after.hi).abs() < 1e-3);
        }
    }

    #[test]
    fn corrections_are_ordered(p_values in vec(0.0..1.0_f64, 1..40)) {
        let holm = correction::holm(&p_values);
        let bh = correction::benjamini_hochberg(&p_values);
        for ((raw, holm), bh) in p_values.iter().zip(holm).zip(bh) {
            prop_assert!(*raw <= bh && bh <= holm && holm <= 1.0);
        }
    }

    #[test]
    fn quantiles_rise_and_stay_within_the_values(
        values in values(1..40),
        p in 0.0..1.0_f64,
        q in 0.0..1.0_f64,
    ) {
        let sorted = values.sorted();
        let at = |p| quantile::quantile(&sorted, p).unwrap();
        prop_assert!(at(p.min(q)) <= at(p.max(q)));
        prop_assert!(sorted[0] <= at(p) && at(p) <= sorted[sorted.len() - 1]);
    }

    #[test]
    fn operations_weigh_as_if_written_down(
        samples in vec((-1e3..1e3_f64, 0..6_u64), 1..12),
        p in 0.0..1.0_f64,
    ) {
        let mut written: Vec<f64> = samples
            .iter()
            .flat_map(|&(value, ops)| std::iter::repeat_n(value, ops as usize))
            .collect();
        written.sort_by(f64::total_cmp);
        let expected = quantile::quantile(&written, p);
        prop_assert_eq!(quantile::weighted_quantile(&samples, p), expected);
    }

    #[test]
    fn a_histogram_agrees_with_the_values_that_filled_it(
        values in vec(0.0..10.0_f64, 1..60),
        p in 0.0..=1.0_f64,
        limit in -1.0..11.0_f64,
    ) {
        let bounds = [f64::NEG_INFINITY, 1.0, 2.5, 5.0, 8.0, f64::INFINITY];
        let inside = |low: f64, high: f64| values.iter().filter(|v| low <= **v && **v < high).count();
        let counts: Vec<u64> = bounds.windows(2).map(|b| inside(b[0], b[1]) as u64).collect();
        let max = values.iter().copied().reduce(f64::max);
        let found = histogram::quantile(&bounds, &counts, max, p).unwrap();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = ((p * values.len() as f64 - 1e-9).ceil() as usize).clamp(1, values.len());
        let truth = sorted[rank - 1];
        prop_assert!(found.lo <= truth && truth <= found.hi, "{truth} not in {found:?}");
        prop_assert!(found.lo <= found.point && found.point <= found.hi);

        let share = histogram::share_at_or_below(&bounds, &counts, max, limit).unwrap();
        let truth = values.iter().filter(|v| **v <= limit).count() as f64 / values.len() as f64;
        prop_assert!(share.lo <= truth && truth <= share.hi, "{truth} not in {share:?}");
    }

    #[test]
    fn rank_tests_do_not_care_which_side_is_which(a in values(1..30), b in values(1..30)) {
        let flipped = PerInvocation::new(a.values().iter().map(|v| -v).collect()).unwrap();
        let signed = (rank::wilcoxon_signed_rank(&a), rank::wilcoxon_signed_rank(&flipped));
        prop_assert!((signed.0.p_value - signed.1.p_value).abs() < 1e-12);
        let (ab, ba) = (rank::mann_whitney(&a, &b), rank::mann_whitney(&b, &a));
        prop_assert!((ab.p_value - ba.p_value).abs() < 1e-12);
        prop_assert!((ab.statistic + ba.statistic - (a.len() * b.len()) as f64).abs() < 1e-9);
        prop_assert!((0.0..=1.0).contains(&ab.p_value));
    }

    #[test]
    fn clopper_pearson_inverts_the_binomial_tail(k in 0..60_u64, extra in 0..60_u64) {
        let trials = k + extra;
        prop_assume!(trials > 0);
        let interval = counts::clopper_pearson(k, trials, Alpha::FIVE_PERCENT).unwrap();
        prop_assert!(interval.contains(interval.center), "{interval:?}");
        let flipped = counts::clopper_pearson(extra, trials, Alpha::FIVE_PERCENT).unwrap();
        prop_assert!((interval.lo - (1.0 - flipped.hi)).abs() < 1e-9);
        let beyond = interval.hi + 0.01;
        if beyond < 1.0 {
            prop_assert!(counts::binomial_test(k, trials, beyond).unwrap() < 0.1);
        }
    }
}

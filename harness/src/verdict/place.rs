//! Where an interval lies relative to a range: equivalence, not significance.

use crate::record::Estimate;
use crate::spec::Expectation;

/// The four places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Wholly inside the stated range.
    Inside,
    /// Wholly inside the range widened by the tolerance, not inside the range itself.
    Near,
    /// Disjoint from the widened range.
    Outside,
    /// Anything else: the interval is too wide to tell.
    Straddles,
}

/// What the order of a program's functions in memory alone can make of a time.
const LAYOUT: f64 = 1.1;

/// Places the interval `lo..=hi` of an estimate.
pub fn place(estimate: &Estimate, expect: &Expectation) -> Place {
    place_between(estimate.lo, estimate.hi, expect)
}

/// The same for a time of programs in too few layouts: wherever in the interval, and up to a tenth beyond it, another
/// layout could have put it.
pub fn place_in_any_layout(estimate: &Estimate, expect: &Expectation) -> Place {
    let (lo, hi) = outwards(estimate.lo, estimate.hi, LAYOUT);
    place_between(lo, hi, expect)
}

fn place_between(lo: f64, hi: f64, expect: &Expectation) -> Place {
    if !(lo.is_finite() && hi.is_finite()) {
        return Place::Straddles;
    }
    let (wide_lo, wide_hi) = widened(expect);
    if lo >= expect.lo && hi <= expect.hi {
        Place::Inside
    } else if hi < wide_lo || lo > wide_hi {
        Place::Outside
    } else if lo >= wide_lo && hi <= wide_hi {
        Place::Near
    } else {
        Place::Straddles
    }
}

/// Both ends moved outwards by the tolerance factor.
pub fn widened(expect: &Expectation) -> (f64, f64) {
    outwards(expect.lo, expect.hi, expect.tolerance)
}

/// Both ends moved outwards by a factor; an end at zero has none and stays.
fn outwards(lo: f64, hi: f64, factor: f64) -> (f64, f64) {
    let lo = if lo > 0.0 { lo / factor } else { lo * factor };
    let hi = if hi > 0.0 { hi * factor } else { hi / factor };
    (lo, hi)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{CellKey, Scale};
    use crate::units::Unit;

    fn estimate(lo: f64, hi: f64) -> Estimate {
        Estimate {
            id: String::new(),
            cell: CellKey {
                experiment: "e".into(),
                variant: "go".into(),
                toolchain: String::new(),
                case: "c".into(),
                params: Default::default(),
                copy: 0,
            },
            versus: None,
            metric: "m".into(),
            statistic: "median".into(),
            unit: Unit::Nanosecond,
            center: (lo + hi) / 2.0,
            lo,
            hi,
            confidence: 0.95,
            n: 10,
            scale: Scale::Log,
            values: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn expect(lo: f64, hi: f64, tolerance: f64) -> Expectation {
        Expectation {
            lo,
            hi,
            tolerance,
            unit: Unit::Nanosecond,
            words: String::new(),
        }
    }

    #[test]
    fn truth_table() {
        let range = expect(50.0, 200.0, 1.5); // widened: 33.3 to 300
        for (lo, hi, expected) in [
            (10.0, 20.0, Place::Outside),
            (10.0, 33.0, Place::Outside),
            (10.0, 40.0, Place::Straddles),
            (10.0, 100.0, Place::Straddles),
            (10.0, 1000.0, Place::Straddles),
            (35.0, 45.0, Place::Near),
            (35.0, 100.0, Place::Near),
            (50.0, 200.0, Place::Inside),
            (60.0, 70.0, Place::Inside),
            (100.0, 250.0, Place::Near),
            (100.0, 400.0, Place::Straddles),
            (210.0, 290.0, Place::Near),
            (290.0, 310.0, Place::Straddles),
            (301.0, 310.0, Place::Outside),
            (f64::NEG_INFINITY, f64::INFINITY, Place::Straddles),
            (60.0, f64::INFINITY, Place::Straddles),
        ] {
            assert_eq!(place(&estimate(lo, hi), &range), expected, "{lo} to {hi}");
        }
    }

    #[test]
    fn another_layout_may_lie_a_tenth_further() {
        let range = expect(50.0, 100.0, 1.5); // widened: 33.3 to 150
        for (lo, hi, by_itself, in_any_layout) in [
            (60.0, 90.0, Place::Inside, Place::Inside),
            (60.0, 95.0, Place::Inside, Place::Near),
            (110.0, 135.0, Place::Near, Place::Near),
            (144.0, 146.0, Place::Near, Place::Straddles),
            (155.0, 160.0, Place::Outside, Place::Straddles),
            (170.0, 175.0, Place::Outside, Place::Outside),
            (60.0, f64::INFINITY, Place::Straddles, Place::Straddles),
        ] {
            let estimate = estimate(lo, hi);
            assert_eq!(place(&estimate, &range), by_itself, "{lo} to {hi}");
            assert_eq!(
                place_in_any_layout(&estimate, &range),
                in_any_layout,
                "{lo} to {hi}"
            );
        }
        let none = expect(0.0, 0.0, 1.0);
        assert_eq!(
            place_in_any_layout(&estimate(0.0, 0.0), &none),
            Place::Inside
        );
    }

    #[test]
    fn one_sided_and_exact_ranges() {
        let below = expect(f64::NEG_INFINITY, 100.0, 1.0);
        assert_eq!(place(&estimate(-5.0, 99.0), &below), Place::Inside);
        assert_eq!(place(&estimate(101.0, 102.0), &below), Place::Outside);
        let exactly = expect(2.0, 2.0, 1.0);
        assert_eq!(place(&estimate(2.0, 2.0), &exactly), Place::Inside);
        assert_eq!(place(&estimate(1.9, 2.1), &exactly), Place::Straddles);
        let zero = expect(0.0, 0.0, 2.0);
        assert_eq!(place(&estimate(0.0, 0.0), &zero), Place::Inside);
        assert_eq!(place(&estimate(1.0, 1.0), &zero), Place::Outside);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]
        /// More data may decide what was open; it can't turn a decided verdict round.
        #[test]
        fn narrowing_never_flips(
            ends in proptest::array::uniform4(1.0f64..1000.0),
            range in proptest::array::uniform2(1.0f64..1000.0),
            tolerance in 1.0f64..3.0,
        ) {
            let mut ends = ends;
            ends.sort_by(f64::total_cmp);
            let mut range = range;
            range.sort_by(f64::total_cmp);
            let expect = expect(range[0], range[1], tolerance);
            let wide = place(&estimate(ends[0], ends[3]), &expect);
            let narrow = place(&estimate(ends[1], ends[2]), &expect);
            match wide {
                Place::Inside => proptest::prop_assert_eq!(narrow, Place::Inside),
                Place::Outside => proptest::prop_assert_eq!(narrow, Place::Outside),
                Place::Near => proptest::prop_assert!(matches!(narrow, Place::Near | Place::Inside)),
                Place::Straddles => {}
            }
        }
    }
}

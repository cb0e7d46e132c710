//! Does twice the work take twice as long? A figure for one operation is worth nothing where it does not: the compiler
//! took the work out of the loop, or a batch has a cost of its own that was charged to its operations.

use crate::record::{Invocation, Phase, Samples, Warning};
use crate::stats::{Alpha, PerInvocation, anytime, interval, quantile};

/// How many times longer twice the operations may take.
const EXPECTED: std::ops::RangeInclusive<f64> = 1.8..=2.2;

/// A warning where the median of `factors`, one an invocation, surely lies outside of what is expected; `None` also where
/// there are too few to be sure.
pub(super) fn check(factors: Vec<f64>, alpha: Alpha) -> Option<Warning> {
    if factors.len() < anytime::FIRST_LOOK {
        return None;
    }
    let found = interval::median_interval(&PerInvocation::new(factors).ok()?, alpha);
    let is_outside = found.hi < *EXPECTED.start() || *EXPECTED.end() < found.lo;
    is_outside.then_some(Warning::DoesNotScale {
        factor: found.center,
    })
}

/// The time of one operation where twice as many are done in a batch; `None` where the program does not say.
pub(super) fn doubled(invocation: &Invocation, metric: &str) -> Option<f64> {
    let scaled = invocation
        .samples
        .iter()
        .filter(|samples| samples.phase == Phase::Scale && samples.metric == metric);
    let mut each: Vec<f64> = scaled.flat_map(Samples::per_op).collect();
    quantile::quantile_of(&mut each, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHA: Alpha = Alpha::FIVE_PERCENT;

    #[test]
    fn twice_the_work_in_twice_the_time_is_fine_whatever_a_disturbance_adds() {
        let factors = vec![2.0, 1.97, 2.02, 2.01, 1.99, 2.0, 3.1, 2.0];
        assert_eq!(check(factors, ALPHA), None);
    }

    #[test]
    fn work_that_the_compiler_removed_takes_no_longer() {
        let factors = vec![1.0, 1.02, 0.98, 1.0, 1.01, 1.0, 1.03];
        let factor = 1.0;
        assert_eq!(
            check(factors, ALPHA),
            Some(Warning::DoesNotScale { factor })
        );
    }

    #[test]
    fn work_that_grows_faster_than_its_size_is_none_of_an_operation() {
        let found = check(vec![4.0, 4.1, 3.9, 4.0, 4.0, 4.2], ALPHA);
        assert!(
            matches!(found, Some(Warning::DoesNotScale { .. })),
            "{found:?}"
        );
    }

    #[test]
    fn a_few_or_scattered_invocations_prove_nothing() {
        assert_eq!(check(vec![1.0, 1.0, 1.0, 1.0], ALPHA), None);
        assert_eq!(check(vec![1.2, 2.0, 2.4, 1.3, 1.9, 1.5, 2.2], ALPHA), None);
    }
}

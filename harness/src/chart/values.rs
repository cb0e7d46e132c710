//! Single values out of invocations, few enough to draw.

use crate::record::{Invocation, Record, Samples};

/// Single values of `metric` in one invocation, with how often each occurs, in the order of the records.
///
/// A sample counts once, as its per-operation value. The values of a histogram's bucket count at its upper end,
/// or at the largest value seen where that is less: so the share at or below each bound stays exact.
pub fn single_values(invocation: &Invocation, metric: &str) -> Vec<(f64, u64)> {
    let measured = invocation.samples.iter().filter(|s| s.measure(metric));
    let mut values: Vec<(f64, u64)> = measured.flat_map(Samples::per_op).map(|v| (v, 1)).collect();
    for record in &invocation.records {
        match record {
            Record::Value(v) if v.metric == metric => {
                values.extend(v.value.map(|value| (value, 1)));
            }
            Record::Hist(h) if h.metric == metric => {
                for (bounds, count) in h.bounds.windows(2).zip(&h.counts) {
                    let (&[lo, hi], true) = (bounds, *count > 0) else {
                        continue;
                    };
                    let upper = h.max.filter(|max| *max >= lo).map_or(hi, |max| max.min(hi));
                    values.push((if upper.is_finite() { upper } else { lo }, *count));
                }
            }
            _ => {}
        }
    }
    values
}

/// Most steps of a distribution: each is far below a pixel high.
const STEPS: u64 = 8192;

/// Sorted values in at most about [`STEPS`] steps, so that ten million of them need not be kept a second time. A step
/// stands at its largest value, hence every share that is drawn is exact; median and 99th percentile end a step.
pub(super) fn thinned(sorted: &[(f64, u64)]) -> Vec<(f64, u64)> {
    let total: u64 = sorted.iter().map(|(_, count)| count).sum();
    if total <= STEPS {
        return sorted.to_vec();
    }
    let step = |seen: u64| (u128::from(seen) * u128::from(STEPS) / u128::from(total)) as u64;
    let marked = [0.5, 0.99].map(|share| share * total as f64);
    let is_past = |seen: u64| marked.map(|mark| seen as f64 >= mark);
    let mut kept = Vec::new();
    let (mut seen, mut before) = (0, 0);
    for (i, (value, count)) in sorted.iter().enumerate() {
        let ends = step(seen + count) > step(seen)
            || is_past(seen + count) != is_past(seen)
            || i + 1 == sorted.len();
        seen += count;
        if ends {
            kept.push((*value, seen - before));
            before = seen;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{STEPS, thinned};

    #[test]
    fn thinning_keeps_shares_and_percentiles() {
        let all: Vec<(f64, u64)> = (0..50_001)
            .map(|i| (f64::from(i * 37 % 50_021), 1))
            .collect();
        let mut sorted = all;
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let few = thinned(&sorted);
        assert!(few.len() as u64 <= STEPS + 3, "{}", few.len());
        let mut seen = 0;
        for (value, count) in &few {
            seen += count;
            assert_eq!(sorted[seen as usize - 1].0, *value);
        }
        assert_eq!(seen as usize, sorted.len());
        let at = |values: &[(f64, u64)], share: f64| {
            let mut seen = 0;
            values.iter().find_map(|(value, count)| {
                seen += count;
                (seen as f64 >= share * 50_001.0).then_some(*value)
            })
        };
        for share in [0.5, 0.99, 1.0] {
            assert_eq!(at(&few, share), at(&sorted, share));
        }
        assert_eq!(thinned(&sorted[..100]), sorted[..100]);
    }
}

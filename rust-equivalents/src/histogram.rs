// Values below 2^(SUB_BITS+1) have a bucket each, above that every power of two is cut into
// 2^SUB_BITS buckets of equal width. That is the layout of HdrHistogram, and of the Go side.
const SUB_BITS: u32 = 7;
const BUCKETS: usize = (64 - SUB_BITS as usize) << SUB_BITS;
/// Lets the compiler see that an index is in range.
const MASK: usize = (1 << 13) - 1;
const LARGEST: u64 = i64::MAX as u64;

/// Counts integers in log-linear buckets, each at most 1/128 of its lower bound wide. All memory is
/// allocated by [`Histogram::new`].
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Box<[u64; MASK + 1]>,
    total: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Self {
        Histogram {
            counts: Box::new([0; MASK + 1]),
            total: 0,
            max: 0,
        }
    }

    /// Counts one value. It does not allocate.
    ///
    /// # Panics
    ///
    /// If `value` is above `i64::MAX`: that is a difference that went below zero.
    #[inline]
    pub fn record(&mut self, value: u64) {
        assert!(value <= LARGEST, "a histogram holds no value above 2^63-1");
        self.counts[bucket_of(value) & MASK] += 1;
        self.total += 1;
        self.max = self.max.max(value);
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Histogram) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts.iter()) {
            *mine += theirs;
        }
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    /// Forgets all values, after a warm-up say.
    pub fn reset(&mut self) {
        self.counts.fill(0);
        self.total = 0;
        self.max = 0;
    }

    /// Number of values.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The largest value, exact; 0 if there is none.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The upper end of the bucket that holds the `q`-quantile (nearest rank), at most
    /// [`Histogram::max`]: 0 to 1/128 above the exact one. It is 0 if there are no values.
    pub fn quantile(&self, q: f64) -> u64 {
        let rank = ((q * self.total as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (i, count) in self.counts[..BUCKETS].iter().enumerate() {
            seen += count;
            if seen >= rank {
                return (lower_bound(i + 1) - 1).min(self.max);
            }
        }
        self.max
    }

    /// Bounds, counts and maximum for a `hist` record.
    pub(crate) fn buckets(&self) -> (Vec<f64>, &[u64], Option<f64>) {
        let bounds = (0..=BUCKETS).map(|i| lower_bound(i) as f64).collect();
        let max = (self.total > 0).then_some(self.max as f64);
        (bounds, &self.counts[..BUCKETS], max)
    }
}

/// The index of the bucket that holds `value`.
#[inline]
fn bucket_of(value: u64) -> usize {
    let small = (1 << (SUB_BITS + 1)) - 1;
    let shift = 64 - (value | small).leading_zeros() - (SUB_BITS + 1);
    ((shift as usize) << SUB_BITS) + (value >> shift) as usize
}

/// The smallest value of bucket `i`.
fn lower_bound(i: usize) -> u64 {
    let i = i as u64;
    if i < 1 << (SUB_BITS + 1) {
        return i;
    }
    let shift = (i >> SUB_BITS) - 1;
    ((i & ((1 << SUB_BITS) - 1)) | (1 << SUB_BITS)) << shift
}

/// Drops empty buckets at both ends and merges runs of them inside. A histogram without values keeps
/// its first bound and no bucket.
pub(crate) fn sparse(bounds: &[f64], counts: &[u64]) -> (Vec<f64>, Vec<u64>) {
    let Some(first) = counts.iter().position(|&n| n > 0) else {
        return (bounds.iter().take(1).copied().collect(), Vec::new());
    };
    let last = counts.iter().rposition(|&n| n > 0).unwrap_or(first);
    let mut kept_bounds = Vec::new();
    let mut kept_counts = Vec::new();
    for i in first..=last {
        if counts[i] == 0 && counts[i - 1] == 0 {
            continue;
        }
        kept_bounds.push(bounds[i]);
        kept_counts.push(counts[i]);
    }
    kept_bounds.push(bounds[last + 1]);
    (kept_bounds, kept_counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rand;

    #[test]
    fn has_the_buckets_that_the_go_side_has() {
        let table = include_str!("../../harness/tests/fixtures/probe/buckets.tsv");
        let mut rows = 0;
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<u64> = line.split('\t').map(|cell| cell.parse().unwrap()).collect();
            let [value, bucket, lower, upper] = cells[..] else {
                panic!("`{line}` has not four columns");
            };
            let i = bucket_of(value);
            assert_eq!(
                (i as u64, lower_bound(i), lower_bound(i + 1)),
                (bucket, lower, upper),
                "{value}"
            );
            rows += 1;
        }
        assert!(rows > 10);
    }

    #[test]
    fn buckets_join_without_gap_and_are_narrow() {
        for i in 0..BUCKETS {
            let (lower, upper) = (lower_bound(i), lower_bound(i + 1));
            assert_eq!(bucket_of(lower), i);
            assert_eq!(bucket_of(upper - 1), i);
            assert!(upper - lower == 1 || (upper - lower) * 128 <= lower);
        }
        assert_eq!(lower_bound(BUCKETS), 1 << 63);
    }

    #[test]
    fn quantiles_are_at_most_a_bucket_above_the_exact_ones() {
        let mut rng = Rand::new(11);
        let mut values: Vec<u64> = (0..10_000)
            .map(|_| rng.next_u64() >> (24 + rng.below(30)))
            .collect();
        let (mut left, mut right) = (Histogram::new(), Histogram::new());
        for (i, &value) in values.iter().enumerate() {
            if i % 2 == 0 { &mut left } else { &mut right }.record(value);
        }
        left.merge(&right);
        values.sort_unstable();
        assert_eq!((left.total(), left.max()), (10_000, values[9999]));
        for q in [0.0, 0.5, 0.9, 0.99, 0.999, 1.0] {
            let exact = values[((q * 10_000.0_f64).ceil() as usize).max(1) - 1];
            let found = left.quantile(q);
            assert!(
                found >= exact && found - exact <= exact / 128,
                "{q}: {found} for {exact}"
            );
        }
        left.reset();
        assert_eq!((left.total(), left.quantile(0.5)), (0, 0));
    }

    #[test]
    fn merges_runs_of_empty_buckets() {
        let bounds = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, f64::INFINITY];
        assert_eq!(
            sparse(&bounds, &[0, 0, 5, 0, 0, 7, 0]),
            (vec![2.0, 3.0, 5.0, 6.0], vec![5, 0, 7])
        );
        assert_eq!(
            sparse(&bounds, &[1, 0, 0, 0, 0, 0, 1]),
            (vec![0.0, 1.0, 6.0, f64::INFINITY], vec![1, 0, 1])
        );
        assert_eq!(sparse(&bounds, &[0; 7]), (vec![0.0], vec![]));
    }

    #[test]
    #[should_panic(expected = "no value above")]
    fn refuses_what_went_below_zero() {
        Histogram::new().record(0_u64.wrapping_sub(1));
    }
}

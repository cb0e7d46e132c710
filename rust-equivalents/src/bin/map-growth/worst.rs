use rust_equivalents::{Phase, Probe, Unit};

// Map sizes are binned like a logarithmic histogram: 16 bins for each power of two, one for each size
// below that.
const BIN_BITS: u32 = 4;

/// The longest insert of each bin of map sizes. It does not allocate after [`Worst::new`].
pub(crate) struct Worst {
    /// Nanoseconds, and the size of the map before that insert.
    bins: Vec<(u64, u64)>,
}

impl Worst {
    /// Room for maps of up to `keys` entries.
    pub(crate) fn new(keys: u64) -> Self {
        Worst {
            bins: vec![(0, 0); bin_of(keys) + 1],
        }
    }

    /// Notes an insert into a map that had `size` entries before.
    #[inline]
    pub(crate) fn record(&mut self, size: u64, took: u64) {
        let bin = &mut self.bins[bin_of(size)];
        if took > bin.0 {
            *bin = (took, size);
        }
    }

    /// Writes a sample for each bin that saw an insert, at the size that was the worst.
    pub(crate) fn emit(&self, p: &mut Probe) {
        for &(took, size) in self.bins.iter().filter(|bin| bin.0 > 0) {
            p.sample_at(
                "worst-insert",
                Unit::Nanoseconds,
                Phase::Measure,
                1,
                took as f64,
                size as f64,
            );
        }
    }
}

/// The bin of a size.
#[inline]
fn bin_of(size: u64) -> usize {
    if size < 1 << BIN_BITS {
        return size as usize;
    }
    let octave = size.ilog2() - BIN_BITS;
    ((octave as usize) << BIN_BITS) + (size >> octave) as usize
}

/// The smallest size of each bin from size `from` to size `to`, both included.
pub(crate) fn bin_starts(from: u64, to: u64) -> Vec<u64> {
    let mut starts: Vec<u64> = Vec::new();
    let mut size = from;
    while size <= to {
        starts.push(size);
        let width = 1 << size.ilog2().saturating_sub(BIN_BITS);
        size = size / width * width + width;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_join_and_are_a_sixteenth_of_a_doubling() {
        for size in 1..1_u64 << 12 {
            let step = bin_of(size) - bin_of(size - 1);
            assert!(step <= 1, "{size}");
        }
        for exponent in 4..11 {
            let size = 1_u64 << exponent;
            assert_eq!(bin_of(2 * size) - bin_of(size), 16);
        }
        let starts: Vec<u64> = (1000..=4000)
            .filter(|&size| size == 1000 || bin_of(size) != bin_of(size - 1))
            .collect();
        assert_eq!(bin_starts(1000, 4000), starts);
    }

    #[test]
    fn keeps_the_longest_of_each_bin() {
        let mut worst = Worst::new(100);
        for (size, took) in [(96, 5), (97, 9), (98, 7), (3, 1)] {
            worst.record(size, took);
        }
        assert_eq!(worst.bins[bin_of(97)], (9, 97));
        assert_eq!(worst.bins[bin_of(3)], (1, 3));
    }
}

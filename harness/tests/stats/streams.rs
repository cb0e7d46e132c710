//! Streams that are looked at after every block.

use harness::stats::{Alpha, Paired, PerInvocation, anytime, counts, interval};

use super::noise::{Noise, generator};

const ALPHA: Alpha = Alpha::FIVE_PERCENT;

/// Streams of which the interval for one look is shown too: it is slow to ask, and far off.
const FOR_COMPARISON: usize = 400;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Two cells that do not differ, paired by block.
    Ratio,
    /// A single cell. Not under drift: the median that it should cover moves with every block.
    OneCell,
}

impl Of {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Of::Ratio => "ratio",
            Of::OneCell => "one cell",
        }
    }
}

/// Streams of which some look excluded the truth.
#[derive(Clone, Copy, Debug)]
pub struct Excluded {
    /// Such streams.
    pub streams: u64,
    /// All streams.
    pub of: u64,
}

impl Excluded {
    /// As a share.
    pub fn share(self) -> f64 {
        self.streams as f64 / self.of as f64
    }

    /// Clopper and Pearson's interval of the share, 95 %.
    pub fn bounds(self) -> (f64, f64) {
        let found = counts::clopper_pearson(self.streams, self.of, ALPHA).unwrap();
        (found.lo, found.hi)
    }
}

/// All methods on the same streams.
#[derive(Clone, Copy, Debug)]
pub struct Peeked {
    /// The confidence sequence, which is made for it.
    pub sequence: Excluded,
    /// The same at half of alpha, and the last look when the stream has ended; of ratios.
    pub ended: Option<Excluded>,
    /// The interval for one look, which is not; of the first few hundred streams.
    pub once: Excluded,
}

/// Whether the sequence ever excludes `truth`: [`anytime::interval`] at every look, but without sorting at each.
pub fn ever_excludes(values: &[f64], truth: f64, alpha: Alpha, ranks: &[Option<usize>]) -> bool {
    let (mut below, mut above) = (0, 0);
    values.iter().zip(1..).any(|(value, n)| {
        below += usize::from(*value < truth);
        above += usize::from(*value > truth);
        match ranks[n] {
            // Fewer than `rank` values on one side, though all others lie on the other.
            Some(rank) => n - above < rank || n - below < rank,
            None => {
                let so_far = PerInvocation::new(values[..n].to_vec()).unwrap();
                !anytime::interval(&so_far, alpha).contains(truth)
            }
        }
    })
}

/// [`anytime::rank_of_ends`] by n.
pub fn ranks(blocks: usize, alpha: Alpha) -> Vec<Option<usize>> {
    (0..=blocks)
        .map(|n| anytime::rank_of_ends(n, alpha))
        .collect()
}

fn end_excludes(log_ratios: &[f64], truth: f64) -> bool {
    let above = log_ratios.iter().map(|log| log.exp()).collect();
    let side = |values| PerInvocation::new(values).unwrap();
    let pairs = Paired::new(&side(above), &side(vec![1.0; log_ratios.len()])).unwrap();
    !anytime::at_the_end(&pairs, ALPHA).contains(truth)
}

fn once_excludes(values: &[f64], truth: f64) -> bool {
    (anytime::FIRST_LOOK..=values.len()).any(|n| {
        let so_far = PerInvocation::new(values[..n].to_vec()).unwrap();
        !interval::median_interval(&so_far, ALPHA).contains(truth)
    })
}

/// Looks at `streams` streams of `blocks` blocks after every block.
pub fn peek(noise: Noise, of: Of, streams: usize, blocks: usize) -> Peeked {
    let all_looks = ranks(blocks, ALPHA);
    let on_the_way = ranks(blocks, ALPHA.half());
    let (mut sequence, mut ended, mut once) = (0, 0, 0);
    for stream in 0..streams {
        let run = noise.run(blocks, &mut generator(noise, blocks, stream));
        let (values, truth) = match of {
            Of::Ratio => (run.log_ratios(), run.log_ratio_median),
            Of::OneCell => (run.one, run.log_median),
        };
        sequence += u64::from(ever_excludes(&values, truth, ALPHA, &all_looks));
        ended += u64::from(
            of == Of::Ratio
                && (ever_excludes(&values, truth, ALPHA.half(), &on_the_way)
                    || end_excludes(&values, truth)),
        );
        if stream < FOR_COMPARISON {
            once += u64::from(once_excludes(&values, truth));
        }
    }
    let excluded = |streams, of: usize| Excluded {
        streams,
        of: of as u64,
    };
    Peeked {
        sequence: excluded(sequence, streams),
        ended: (of == Of::Ratio).then(|| excluded(ended, streams)),
        once: excluded(once, streams.min(FOR_COMPARISON)),
    }
}

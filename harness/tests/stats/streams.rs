//! Streams that are looked at after every block.

use harness::stats::{Alpha, PerInvocation, anytime, counts, interval};

use super::noise::{Noise, generator};

const ALPHA: Alpha = Alpha::FIVE_PERCENT;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Two cells that do not differ, paired by block.
    Ratio,
    /// A single cell. Not under drift: the mean that it should cover moves with every block.
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

/// Both methods on the same streams.
#[derive(Clone, Copy, Debug)]
pub struct Peeked {
    /// The confidence sequence, which is made for it.
    pub sequence: Excluded,
    /// Student's interval, which is not.
    pub t: Excluded,
}

/// Half-widths by n, in units of the root of the mean square deviation; those of the public functions, which are too slow
/// to be asked at each of a million looks.
fn half_widths(blocks: usize, of: impl Fn(&PerInvocation) -> f64) -> Vec<f64> {
    (0..=blocks)
        .map(|n| {
            if n < anytime::FIRST_LOOK {
                return f64::INFINITY;
            }
            let values: Vec<f64> = (0..n).map(|i| (i * i % 7) as f64).collect();
            let mean = values.iter().sum::<f64>() / n as f64;
            let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
            of(&PerInvocation::new(values).unwrap()) / 2.0 / square.sqrt()
        })
        .collect()
}

/// Looks at `streams` streams of `blocks` blocks after every block.
pub fn peek(noise: Noise, of: Of, streams: usize, blocks: usize) -> Peeked {
    let sequence = half_widths(blocks, |v| anytime::interval(v, ALPHA).width());
    let t = half_widths(blocks, |v| interval::t_interval(v, ALPHA).width());
    let (mut sequence_wrong, mut t_wrong) = (0, 0);
    for stream in 0..streams {
        let run = noise.run(blocks, &mut generator(noise, blocks, stream));
        let (values, truth) = match of {
            Of::Ratio => (run.log_ratios(), 0.0),
            Of::OneCell => (run.one, run.log_mean),
        };
        let (mut mean, mut squares, mut ever, mut ever_t) = (0.0, 0.0, false, false);
        for (value, n) in values.iter().zip(1..) {
            let delta = value - mean;
            mean += delta / n as f64;
            squares += delta * (value - mean);
            if n >= anytime::FIRST_LOOK {
                let unit = (squares / n as f64).sqrt();
                ever |= (mean - truth).abs() > sequence[n] * unit;
                ever_t |= (mean - truth).abs() > t[n] * unit;
            }
        }
        sequence_wrong += u64::from(ever);
        t_wrong += u64::from(ever_t);
    }
    let of = streams as u64;
    Peeked {
        sequence: Excluded {
            streams: sequence_wrong,
            of,
        },
        t: Excluded {
            streams: t_wrong,
            of,
        },
    }
}

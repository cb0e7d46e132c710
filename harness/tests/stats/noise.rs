//! Noise of known median, for simulations: the tests here and `benches/coverage.rs`, `benches/peeking.rs`.
//!
//! A draw is one run of two cells that do not differ, in logarithms of a time whose typical value is 1.

use std::sync::LazyLock;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF as _, Normal};

/// Cells in a block of a drifting run: the drift passes while the others of the block run.
const CELLS: usize = 10;

/// Standard deviation of the normal noise that a cell has beside its modes or its drift.
const OWN_NOISE: f64 = 0.03;

/// Blocks that are replayed in one piece, so that what is alike in neighbours stays alike.
const STRETCH: usize = 5;

/// One kind of noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Times are normal, with a coefficient of variation of 5 %.
    Normal,
    /// Logarithms of times are normal, sigma 0.3.
    LogNormal,
    /// Fast or slow by 18 % at even odds (a layout, say), 3 % of normal noise.
    Bimodal,
    /// One process in twenty is 20 % slower, 3 % of normal noise.
    RareSlow,
    /// All cells drift: 15 % over the run, and a wave of 3 % (an autoregression, 0.8 from block to block). 3 % of own noise.
    Drifting,
    /// Times are 1 and an exponential of mean 0.3 on top: a floor, and delays.
    Skewed,
    /// Recorded invocations, see `data/README.md`: stretches of five blocks of two cells of one run.
    Replayed,
}

/// One run of two cells without a difference.
#[derive(Clone, Debug)]
pub struct Run {
    /// Log time of the first cell, by block.
    pub one: Vec<f64>,
    /// Log time of the second cell, by block.
    pub other: Vec<f64>,
    /// Median of the log time of the first cell over these blocks.
    pub log_median: f64,
    /// Median of the log ratio.
    pub log_ratio_median: f64,
}

impl Run {
    /// Log ratio of the cells, by block.
    pub fn log_ratios(&self) -> Vec<f64> {
        self.one
            .iter()
            .zip(&self.other)
            .map(|(a, b)| a - b)
            .collect()
    }
}

impl Noise {
    /// All kinds.
    pub const ALL: [Noise; 7] = [
        Noise::Normal,
        Noise::LogNormal,
        Noise::Bimodal,
        Noise::RareSlow,
        Noise::Drifting,
        Noise::Skewed,
        Noise::Replayed,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Noise::Normal => "normal",
            Noise::LogNormal => "log-normal",
            Noise::Bimodal => "bimodal",
            Noise::RareSlow => "rare slow",
            Noise::Drifting => "drifting",
            Noise::Skewed => "skewed",
            Noise::Replayed => "replayed",
        }
    }

    /// A run of `blocks` blocks.
    pub fn run(self, blocks: usize, rng: &mut ChaCha8Rng) -> Run {
        match self {
            Noise::Normal => independent(blocks, rng, 0.0, |rng| (1.0 + 0.05 * normal(rng)).ln()),
            Noise::LogNormal => independent(blocks, rng, 0.0, |rng| 0.3 * normal(rng)),
            Noise::Bimodal => two_modes(blocks, rng, 0.5, 1.18, 1.18_f64.ln() / 2.0),
            // scipy.stats.norm.ppf(0.5 / 0.95) * 0.03: the slow mode is six deviations away.
            Noise::RareSlow => two_modes(blocks, rng, 0.05, 1.2, 0.001_980_37),
            Noise::Skewed => {
                let median = (1.0 + 0.3 * std::f64::consts::LN_2).ln();
                independent(blocks, rng, median, |rng| {
                    (1.0 - 0.3 * (1.0 - rng.random::<f64>()).ln()).ln()
                })
            }
            Noise::Drifting => drifting(blocks, rng),
            Noise::Replayed => replayed(blocks, rng),
        }
    }
}

/// A standard normal value (Box & Muller 1958).
pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// A generator for one data set: the same whatever else is simulated before.
pub fn generator(noise: Noise, blocks: usize, data_set: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(20_261_124 + noise as u64);
    rng.set_stream(((blocks as u64) << 32) + data_set as u64);
    rng
}

fn independent(
    blocks: usize,
    rng: &mut ChaCha8Rng,
    log_median: f64,
    draw: impl Fn(&mut ChaCha8Rng) -> f64,
) -> Run {
    let mut cell = || (0..blocks).map(|_| draw(rng)).collect();
    Run {
        one: cell(),
        other: cell(),
        log_median,
        log_ratio_median: 0.0,
    }
}

fn two_modes(blocks: usize, rng: &mut ChaCha8Rng, odds: f64, factor: f64, log_median: f64) -> Run {
    independent(blocks, rng, log_median, |rng| {
        let slow = rng.random::<f64>() < odds;
        OWN_NOISE * normal(rng) + if slow { factor.ln() } else { 0.0 }
    })
}

fn drifting(blocks: usize, rng: &mut ChaCha8Rng) -> Run {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let mut centres = Vec::new();
    let mut wave = 0.03 * normal(rng);
    for block in 0..blocks {
        let next = 0.8 * wave + 0.6 * 0.03 * normal(rng);
        // The order within a block is random: each cell meets the drift where its slot is.
        let slots = (
            rng.random_range(0..CELLS),
            rng.random_range(1..CELLS as u64) as usize,
        );
        let slots = (slots.0, (slots.0 + slots.1) % CELLS);
        let drift = |slot: usize| {
            let passed = slot as f64 / CELLS as f64;
            let progress = (block as f64 + passed) / blocks as f64;
            1.15_f64.ln() * progress + wave + (next - wave) * passed
        };
        centres.push(drift(slots.0));
        one.push(drift(slots.0) + OWN_NOISE * normal(rng));
        other.push(drift(slots.1) + OWN_NOISE * normal(rng));
        wave = next;
    }
    Run {
        one,
        other,
        log_median: median_about(&centres),
        log_ratio_median: 0.0,
    }
}

/// Where as much of the noise about these centres lies below as above.
fn median_about(centres: &[f64]) -> f64 {
    let own = Normal::new(0.0, OWN_NOISE).unwrap();
    let (mut lo, mut hi) = (-1.0, 1.0);
    while hi - lo > 1e-6 {
        let middle = f64::midpoint(lo, hi);
        let below: f64 = centres.iter().map(|c| own.cdf(middle - c)).sum();
        if below < centres.len() as f64 / 2.0 {
            lo = middle;
        } else {
            hi = middle;
        }
    }
    lo
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    f64::midpoint(values[(n - 1) / 2], values[n / 2])
}

/// Log times of recorded cells about their medians; all of one run, so that blocks agree.
static RECORDED: LazyLock<Vec<Vec<f64>>> = LazyLock::new(|| {
    let mut cells: Vec<(&str, Vec<f64>)> = Vec::new();
    for line in include_str!("data/invocations.csv").lines().skip(1) {
        let mut fields = line.split(',');
        let (Some(cell), Some(_block), Some(value)) = (fields.next(), fields.next(), fields.next())
        else {
            panic!("not a line of recorded invocations: {line}");
        };
        let value: f64 = value.parse().unwrap();
        match cells.last_mut() {
            Some((name, values)) if *name == cell => values.push(value.ln()),
            _ => cells.push((cell, vec![value.ln()])),
        }
    }
    cells
        .into_iter()
        .map(|(_, logs)| {
            let centre = median(logs.clone());
            logs.iter().map(|v| v - centre).collect()
        })
        .collect()
});

fn replayed(blocks: usize, rng: &mut ChaCha8Rng) -> Run {
    let cells = &*RECORDED;
    let first = rng.random_range(0..cells.len());
    let second = (first + rng.random_range(1..cells.len())) % cells.len();
    let (from, against) = (&cells[first], &cells[second]);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let mut at = 0;
    for block in 0..blocks {
        // Circular, so that each recorded block is drawn as often as any other.
        at = if block % STRETCH == 0 {
            rng.random_range(0..from.len())
        } else {
            (at + 1) % from.len()
        };
        one.push(from[at]);
        other.push(against[at]);
    }
    Run {
        one,
        other,
        log_median: 0.0,
        // Neither cell is slower by construction, yet half of the recorded ratios need not be above 0.
        log_ratio_median: median(from.iter().zip(against).map(|(a, b)| a - b).collect()),
    }
}

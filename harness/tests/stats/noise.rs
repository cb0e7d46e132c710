//! Noise of known centre, for simulations: the tests here and `benches/coverage.rs`, `benches/peeking.rs`.
//!
//! A draw is one run of two cells that do not differ, in logarithms of a time whose typical value is 1.

use std::sync::LazyLock;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Cells in a block of a drifting run: the drift passes while the others of the block run.
const CELLS: usize = 10;

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
    /// Expected log time of the first cell over these blocks.
    pub log_mean: f64,
    /// Expected time of the first cell over these blocks.
    pub raw_mean: f64,
}

impl Run {
    /// Log ratio of the cells, by block. Its expectation is 0 for every kind of noise.
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
    pub const ALL: [Noise; 6] = [
        Noise::Normal,
        Noise::LogNormal,
        Noise::Bimodal,
        Noise::RareSlow,
        Noise::Drifting,
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
            Noise::Replayed => "replayed",
        }
    }

    /// A run of `blocks` blocks.
    pub fn run(self, blocks: usize, rng: &mut ChaCha8Rng) -> Run {
        match self {
            // E ln(1 + s z) = -s^2/2 - 3 s^4/4 - 15 s^6/6 - ...
            Noise::Normal => independent(blocks, rng, (-0.001_254_727, 1.0), |rng| {
                (1.0 + 0.05 * normal(rng)).ln()
            }),
            Noise::LogNormal => {
                independent(blocks, rng, (0.0, 0.045_f64.exp()), |rng| 0.3 * normal(rng))
            }
            Noise::Bimodal => two_modes(blocks, rng, 0.5, 1.18),
            Noise::RareSlow => two_modes(blocks, rng, 0.05, 1.2),
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
    (log_mean, raw_mean): (f64, f64),
    draw: impl Fn(&mut ChaCha8Rng) -> f64,
) -> Run {
    let mut cell = || (0..blocks).map(|_| draw(rng)).collect();
    Run {
        one: cell(),
        other: cell(),
        log_mean,
        raw_mean,
    }
}

fn two_modes(blocks: usize, rng: &mut ChaCha8Rng, odds: f64, factor: f64) -> Run {
    let centres = (
        odds * factor.ln(),
        (1.0 + odds * (factor - 1.0)) * own_noise_mean(),
    );
    independent(blocks, rng, centres, |rng| {
        let slow = rng.random::<f64>() < odds;
        0.03 * normal(rng) + if slow { factor.ln() } else { 0.0 }
    })
}

/// The mean of a log-normal of sigma 3 %.
fn own_noise_mean() -> f64 {
    0.000_45_f64.exp()
}

fn drifting(blocks: usize, rng: &mut ChaCha8Rng) -> Run {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let (mut logs, mut raws) = (0.0, 0.0);
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
        logs += drift(slots.0);
        raws += drift(slots.0).exp() * own_noise_mean();
        one.push(drift(slots.0) + 0.03 * normal(rng));
        other.push(drift(slots.1) + 0.03 * normal(rng));
        wave = next;
    }
    Run {
        one,
        other,
        log_mean: logs / blocks as f64,
        raw_mean: raws / blocks as f64,
    }
}

/// Log times of recorded cells about their means; all of one run, so that blocks agree.
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
            let mean = logs.iter().sum::<f64>() / logs.len() as f64;
            logs.iter().map(|v| v - mean).collect()
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
        log_mean: 0.0,
        raw_mean: from.iter().map(|v| v.exp()).sum::<f64>() / from.len() as f64,
    }
}

//! How often the intervals of the product cover the truth. `cargo bench --bench coverage`; some minutes.
//!
//! Fixed seeds: it prints the same table on every machine. What "truth" is, by subject:
//!
//! - `one cell`: the expected logarithm of a process's time (the geometric mean of what would be measured for ever). Where
//!   the machine drifts, the mean over the drift that passed in these blocks.
//! - `ratio`: two cells that do not differ, paired by block; the truth is 1.
//! - `median of 33`, `p90 of 100`: as `one cell`, of that statistic of the samples within each process.
//! - `slope`: least squares within each process, averaged arithmetically; the truth is the expected slope.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a simulation whose own data are wrong must stop"
)]

mod common;
#[path = "../tests/stats/noise.rs"]
mod noise;

use std::thread;

use harness::stats::quantile::quantile;
use harness::stats::regression::least_squares;
use harness::stats::{Alpha, Interval, PerInvocation, anytime, interval};
use noise::{Noise, Run, generator, normal};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ALPHA: Alpha = Alpha::FIVE_PERCENT;
/// The number that the goal is stated for.
const DATA_SETS: usize = 2_000;
/// More, which tells a method's coverage from the luck of 2,000.
const MORE: usize = 20_000;
const SIZES: [usize; 8] = [5, 6, 8, 10, 15, 20, 30, 60];
/// Processes of which the samples within are simulated, to be drawn from.
const POOL: usize = 20_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    OneCell,
    Ratio,
    Median,
    Percentile,
    Slope,
}

impl Subject {
    const ALL: [Subject; 5] = [
        Subject::OneCell,
        Subject::Ratio,
        Subject::Median,
        Subject::Percentile,
        Subject::Slope,
    ];

    fn name(self) -> &'static str {
        match self {
            Subject::OneCell => "one cell",
            Subject::Ratio => "ratio",
            Subject::Median => "median of 33",
            Subject::Percentile => "p90 of 100",
            Subject::Slope => "slope",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    /// Blocks fixed beforehand.
    Fixed,
    /// Looked at after every block.
    Sequence,
}

/// What the samples within a process come to, relative to the process: values to draw from, and their mean.
struct Inner {
    values: Vec<f64>,
    mean: f64,
}

impl Inner {
    fn new(seed: u64, draw: impl Fn(&mut ChaCha8Rng) -> f64) -> Inner {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let values: Vec<f64> = (0..POOL).map(|_| draw(&mut rng)).collect();
        let mean = values.iter().sum::<f64>() / POOL as f64;
        Inner { values, mean }
    }

    /// Logarithm of a quantile of log-normal samples, sigma 0.4.
    fn quantile(seed: u64, samples: usize, p: f64) -> Inner {
        Inner::new(seed, |rng| {
            let mut each: Vec<f64> = (0..samples).map(|_| (0.4 * normal(rng)).exp()).collect();
            each.sort_by(f64::total_cmp);
            quantile(&each, p).expect("there are samples").ln()
        })
    }

    /// Slope through samples at 1, 2, 4 ... 128, each with 10 % of noise.
    fn slope(seed: u64) -> Inner {
        Inner::new(seed, |rng| {
            let points: Vec<(f64, f64)> = (0..8)
                .map(|i| f64::from(1 << i))
                .map(|at| (at, (3.0 + at) * (1.0 + 0.1 * normal(rng))))
                .collect();
            least_squares(&points).expect("x differ").slope
        })
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> f64 {
        self.values[rng.random_range(0..POOL)]
    }
}

struct Pools {
    median: Inner,
    percentile: Inner,
    slope: Inner,
}

/// One figure an invocation, on the scale on which it is averaged, and the truth.
fn figures(
    subject: Subject,
    run: &Run,
    pools: &Pools,
    rng: &mut ChaCha8Rng,
) -> (PerInvocation, f64) {
    let mut with = |inner: &Inner| {
        let logs = run.one.iter().map(|process| process + inner.draw(rng));
        (logs.collect(), run.log_mean + inner.mean)
    };
    let (values, truth): (Vec<f64>, f64) = match subject {
        Subject::OneCell => (run.one.clone(), run.log_mean),
        Subject::Ratio => (run.log_ratios(), 0.0),
        Subject::Median => with(&pools.median),
        Subject::Percentile => with(&pools.percentile),
        Subject::Slope => {
            let slopes = run
                .one
                .iter()
                .map(|process| process.exp() * pools.slope.draw(rng));
            (slopes.collect(), run.raw_mean * pools.slope.mean)
        }
    };
    (PerInvocation::new(values).unwrap(), truth)
}

/// Covered data sets, of the first [`DATA_SETS`] and of all [`MORE`].
#[derive(Clone, Copy, Default)]
struct Covered {
    first: usize,
    all: usize,
}

/// Wilson's interval of a share at 95 % (JASA 1927).
fn wilson(hits: usize, of: usize) -> (f64, f64) {
    let (n, z) = (of as f64, 1.959_964);
    let share = hits as f64 / n;
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    (centre - half, centre + half)
}

fn simulate(noise: Noise, blocks: usize, pools: &Pools) -> Vec<(Subject, Method, Covered)> {
    let mut found: Vec<_> = Subject::ALL
        .into_iter()
        .flat_map(|s| [Method::Fixed, Method::Sequence].map(|m| (s, m, Covered::default())))
        .collect();
    for data_set in 0..MORE {
        let mut rng = generator(noise, blocks, data_set);
        let run = noise.run(blocks, &mut rng);
        for pair in found.chunks_mut(2) {
            let (values, truth) = figures(pair[0].0, &run, pools, &mut rng);
            for (_, method, covered) in pair {
                let found: Interval = match method {
                    Method::Fixed => interval::t_interval(&values, ALPHA),
                    Method::Sequence => anytime::interval(&values, ALPHA),
                };
                let hit = usize::from(found.contains(truth));
                covered.all += hit;
                covered.first += if data_set < DATA_SETS { hit } else { 0 };
            }
        }
    }
    found
}

/// What the coverage must be: a sequence may be wider, since it pays for looking at any time, and so may the interval
/// of a single cell under drift, which counts the drift as spread.
fn goal(noise: Noise, subject: Subject, method: Method) -> (f64, f64) {
    match method {
        Method::Sequence => (0.95, 1.0),
        Method::Fixed if noise == Noise::Drifting && subject != Subject::Ratio => (0.94, 1.0),
        Method::Fixed => (0.94, 0.97),
    }
}

fn main() {
    common::header(&format!(
        "coverage of nominal 95 % intervals, {DATA_SETS} data sets each; [Wilson interval of the coverage, from {MORE}]"
    ));
    println!(
        "goal: fixed blocks 94 to 97 %; sequence 95 % or more, at a single look (it holds for all looks together)"
    );
    println!("      a single cell under drift: 94 % or more\n");
    let pools = Pools {
        median: Inner::quantile(1, 33, 0.5),
        percentile: Inner::quantile(2, 100, 0.9),
        slope: Inner::slope(3),
    };
    let jobs: Vec<(Noise, usize)> = Noise::ALL
        .into_iter()
        .flat_map(|noise| SIZES.map(|n| (noise, n)))
        .collect();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut results = vec![Vec::new(); jobs.len()];
    thread::scope(|scope| {
        let started: Vec<_> = (0..workers)
            .map(|worker| {
                let (jobs, pools) = (&jobs, &pools);
                scope.spawn(move || {
                    (worker..jobs.len())
                        .step_by(workers)
                        .map(|i| (i, simulate(jobs[i].0, jobs[i].1, pools)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for worker in started {
            for (i, found) in worker.join().expect("a worker fails as a whole") {
                results[i] = found;
            }
        }
    });
    println!(
        "{:<11}{:<14}{:>4}  {:<26}{:<26}",
        "noise", "figure", "n", "fixed blocks (t)", "sequence"
    );
    let (mut cells, mut missed, mut by_chance) = (0, Vec::new(), 0);
    for subject in Subject::ALL {
        for ((noise, n), found) in jobs.iter().zip(&results) {
            print!("{:<11}{:<14}{n:>4}", noise.name(), subject.name());
            for (_, method, covered) in found.iter().filter(|f| f.0 == subject) {
                let (lo, hi) = goal(*noise, subject, *method);
                let share = covered.first as f64 / DATA_SETS as f64;
                let known = covered.all as f64 / MORE as f64;
                let (from, to) = wilson(covered.all, MORE);
                let note = if !(lo..=hi).contains(&known) {
                    missed.push(*method);
                    " MISSED"
                } else if !(lo..=hi).contains(&share) {
                    by_chance += 1;
                    " (luck)"
                } else {
                    ""
                };
                cells += 1;
                let text = format!(
                    "{:.1} % [{:.1}, {:.1}]{note}",
                    share * 100.0,
                    from * 100.0,
                    to * 100.0
                );
                print!("  {text:<26}");
            }
            println!();
        }
        println!();
    }
    let fixed = missed.iter().filter(|m| **m == Method::Fixed).count();
    println!(
        "{cells} figures: {} MISSED of {MORE} data sets ({fixed} with fixed blocks, {} of the sequence); {by_chance} more of {DATA_SETS} only (luck)",
        missed.len(),
        missed.len() - fixed
    );
}

//! Error rates by simulation, with fixed seeds. Each test prints its figures (`--nocapture`).

use harness::stats::{Alpha, Interval, PerInvocation, anytime, correction, interval, rank};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::noise::normal;
use super::sample;
use super::streams::{ever_excludes, ranks};

const ALPHA: Alpha = Alpha::FIVE_PERCENT;
const STREAMS: usize = 4_000;
const LONGEST: usize = 60;

/// Log time of one process: normal noise, and 5 % of the processes 20 % slower.
pub fn bimodal(rng: &mut ChaCha8Rng, noise: f64) -> f64 {
    let slow = rng.random::<f64>() < 0.05;
    noise * normal(rng) + if slow { 1.2_f64.ln() } else { 0.0 }
}

pub fn student_3(rng: &mut ChaCha8Rng) -> f64 {
    let squares: f64 = (0..3).map(|_| normal(rng).powi(2)).sum();
    normal(rng) / (squares / 3.0).sqrt()
}

/// Share of streams of which some look excludes `truth`.
fn ever_wrong(truth: f64, draw: impl Fn(&mut ChaCha8Rng) -> f64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(20_240_607);
    let ranks = ranks(LONGEST, Alpha::FIVE_PERCENT);
    let wrong = (0..STREAMS).filter(|_| {
        let stream: Vec<f64> = (0..LONGEST).map(|_| draw(&mut rng)).collect();
        ever_excludes(&stream, truth, Alpha::FIVE_PERCENT, &ranks)
    });
    wrong.count() as f64 / STREAMS as f64
}

#[test]
fn the_sequence_holds_for_normal_logs() {
    let rate = ever_wrong(0.0, |rng| 0.3 * normal(rng));
    println!("normal, log-normal in logs: {rate:.4}");
    assert!(rate <= 0.05);
}

#[test]
fn the_sequence_holds_for_heavy_tails() {
    let rate = ever_wrong(0.0, student_3);
    println!("t with 3 degrees of freedom: {rate:.4}");
    assert!(rate <= 0.05);
}

#[test]
fn the_sequence_holds_for_ratios_of_bimodal_cells() {
    for noise in [0.01, 0.03, 0.1] {
        let rate = ever_wrong(0.0, |rng| bimodal(rng, noise) - bimodal(rng, noise));
        println!("A/A ratio, 5 % at +20 %, noise {noise}: {rate:.4}");
        assert!(rate <= 0.05);
    }
    let layout = |rng: &mut ChaCha8Rng| if rng.random() { 0.18 } else { 0.0 };
    let rate = ever_wrong(0.0, |rng| 0.01 * normal(rng) + layout(rng) - layout(rng));
    println!("A/A ratio, fast or slow layout by a coin: {rate:.4}");
    assert!(rate <= 0.05);
}

#[test]
fn the_sequence_of_a_single_cell_does_not_mind_a_rare_mode() {
    for noise in [0.01, 0.05, 0.1] {
        // Where 0.5 = .95 Phi(x / noise) + .05 Phi((x - ln 1.2) / noise), by scipy.optimize.brentq.
        let median = match noise {
            0.01 => 0.000_660,
            0.05 => 0.003_299,
            _ => 0.006_086,
        };
        let rate = ever_wrong(median, |rng| bimodal(rng, noise));
        println!("one cell, 5 % at +20 %, noise {noise}: {rate:.4}");
        assert!(rate <= 0.05);
    }
}

#[test]
fn a_coarse_clock_needs_its_resolution() {
    // Normal values read on a clock whose step is four standard deviations, at a random phase.
    const STEP: f64 = 4.0;
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    let (mut plain, mut widened) = (0, 0);
    for _ in 0..STREAMS / 10 {
        let truth = STEP * rng.random::<f64>();
        let read = |value: f64| (value / STEP).round() * STEP;
        let data: Vec<f64> = (0..20).map(|_| read(truth + normal(&mut rng))).collect();
        let looks = (anytime::FIRST_LOOK..=data.len())
            .map(|n| anytime::interval(&PerInvocation::new(data[..n].to_vec()).unwrap(), ALPHA));
        let (mut missed, mut missed_widened) = (false, false);
        for interval in looks {
            missed |= !interval.contains(truth);
            missed_widened |= !interval.at_resolution(STEP).contains(truth);
        }
        plain += usize::from(missed);
        widened += usize::from(missed_widened);
    }
    let share = |count: usize| count as f64 / (STREAMS / 10) as f64;
    println!(
        "coarse clock: plain {:.3}, widened {:.3}",
        share(plain),
        share(widened)
    );
    assert!(share(plain) > 0.3 && share(widened) <= 0.05);
}

#[test]
fn fixed_n_coverage_on_logs() {
    const DATA_SETS: usize = 2_000;
    for n in [5, 10, 30, 60] {
        let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
        let (mut once, mut always) = (0, 0);
        for _ in 0..DATA_SETS {
            let times = (0..n)
                .map(|_| (5.0 + 0.5 * normal(&mut rng)).exp())
                .collect();
            let logs = PerInvocation::new(times).unwrap().logs().unwrap();
            let covers = |interval: Interval| usize::from(interval.exp().contains(5_f64.exp()));
            once += covers(interval::median_interval(&logs, ALPHA));
            always += covers(anytime::interval(&logs, ALPHA));
        }
        let share = |count: usize| count as f64 / DATA_SETS as f64;
        println!(
            "n={n}: for one look {:.4}, sequence {:.4}",
            share(once),
            share(always)
        );
        // At 5 values the interval must span all of them, which costs some width.
        let most = if n == 5 { 0.99 } else { 0.97 };
        assert!((0.94..=most).contains(&share(once)));
        assert!(always >= once);
    }
}

/// Why the proof of coverage has one figure that misses: of two modes at even odds five values tell too little.
#[test]
fn no_width_at_five_values_serves_both_two_modes_and_normal_noise() {
    const DATA_SETS: usize = 100_000;
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    // By how much the interval must be widened about its middle to cover a truth, in ascending order.
    let mut factors = |truth: f64, spread: f64| {
        let mut factors: Vec<f64> = (0..DATA_SETS)
            .map(|_| {
                let values: Vec<f64> = (0..5).map(|_| spread * normal(&mut rng)).collect();
                let found = interval::median_interval(&sample(&values), ALPHA);
                (truth - f64::midpoint(found.lo, found.hi)).abs() / (found.width() / 2.0)
            })
            .collect();
        factors.sort_by(f64::total_cmp);
        factors
    };
    // One data set in 16 has all values of one mode, the truth lying half of 18 % away, and the others are covered: 94 %
    // in all are 4 % of these.
    let one_mode = factors(1.18_f64.ln() / 2.0, 0.03);
    let enough = one_mode[DATA_SETS * 4 / 100];
    let normal_noise = factors(0.0, 0.05);
    let covered = |factor: f64| {
        normal_noise.partition_point(|needed| *needed <= factor) as f64 / DATA_SETS as f64
    };
    println!(
        "n=5: widened {enough:.2} times for 94 % of two modes, it covers {:.4} of normal noise, {:.4} as it is",
        covered(enough),
        covered(1.0)
    );
    assert!(covered(1.0) < 0.97 && covered(enough) > 0.97);
}

#[test]
fn inner_samples_are_no_replication() {
    // METHOD, M2: three processes a side, 100 inner samples each, process sd half the inner sd.
    const COMPARISONS: usize = 400;
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (mut pooled, mut by_process) = (0, 0);
    for _ in 0..COMPARISONS {
        let mut side = || {
            let mut inner = Vec::new();
            let mut means = Vec::new();
            for _ in 0..3 {
                let process = 0.5 * normal(&mut rng);
                let samples: Vec<f64> = (0..100).map(|_| process + normal(&mut rng)).collect();
                means.push(samples.iter().sum::<f64>() / 100.0);
                inner.extend(samples);
            }
            (inner, means)
        };
        let (a, b) = (side(), side());
        // Only by breaking the contract can inner samples get this far.
        let abused = (
            PerInvocation::new(a.0).unwrap(),
            PerInvocation::new(b.0).unwrap(),
        );
        pooled += usize::from(rank::mann_whitney(&abused.0, &abused.1).p_value < 0.05);
        let differences = a.1.iter().zip(&b.1).map(|(a, b)| a - b).collect();
        let honest = interval::t_interval(&PerInvocation::new(differences).unwrap(), ALPHA);
        by_process += usize::from(!honest.contains(0.0));
    }
    let share = |count: usize| count as f64 / COMPARISONS as f64;
    println!(
        "pooled: {:.3}, by process: {:.3}",
        share(pooled),
        share(by_process)
    );
    assert!((0.6..0.75).contains(&share(pooled)));
    assert!(share(by_process) < 0.08);
}

#[test]
fn holm_bounds_the_false_alarms_of_200_claims() {
    const RUNS: usize = 2_000;
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let (mut raw, mut gate) = (0, 0);
    for _ in 0..RUNS {
        let p_values: Vec<f64> = (0..200).map(|_| rng.random()).collect();
        raw += usize::from(p_values.iter().any(|p| *p < 0.05));
        gate += usize::from(correction::holm(&p_values).iter().any(|p| *p < 0.05));
    }
    let share = |count: usize| count as f64 / RUNS as f64;
    println!(
        "any of 200 true nulls refuted: raw {:.4}, Holm {:.4}",
        share(raw),
        share(gate)
    );
    assert!(share(raw) > 0.99);
    // 5 % and three standard errors of the simulation.
    assert!(share(gate) <= 0.05 + 3.0 * (0.05 * 0.95 / RUNS as f64).sqrt());
}

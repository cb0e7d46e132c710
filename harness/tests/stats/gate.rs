//! Two independent groups against SciPy, and the error rates of a gate made of many of them.

use harness::stats::{Alpha, Interval, PerInvocation, Unpaired, anytime, correction};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::noise::normal;
use super::reference::{FIRST, LATENCY, SECOND, alpha, ends, near};
use super::sample;
use super::simulation::{bimodal, student_3};

const MARGIN: f64 = 1.05;
const CELLS: usize = 20;
const GATES: usize = 400;
const DATA_SETS: usize = 4_000;

#[test]
fn trimmed_means_on_logs() {
    let geometric = |a: &[f64], b: &[f64]| Unpaired::geometric(&sample(a), &sample(b)).unwrap();
    // Too few values to trim any.
    // np.exp(stats.ttest_ind(np.log(SECOND), np.log(FIRST[:4]), equal_var=False).confidence_interval(0.95)).tolist()
    ends(
        geometric(&FIRST[..4], &SECOND).interval(alpha(0.05)),
        0.4355113271199712,
        1.1045359050204093,
    );
    // np.exp(stats.ttest_ind(np.log(LATENCY), np.log(FIRST), equal_var=False, trim=0.2).confidence_interval(0.99)).tolist()
    ends(
        geometric(&FIRST, &LATENCY).interval(alpha(0.01)),
        0.26383969051063344,
        0.9795416226636723,
    );
    // stats.ttest_ind(np.log(LATENCY), np.log(np.divide(FIRST, 1.05)), equal_var=False, trim=0.2).pvalue
    near(
        geometric(&FIRST, &LATENCY).p_outside(1.0 / MARGIN, MARGIN),
        0.01123269769005072,
    );
}

#[test]
fn fieller_for_trimmed_means() {
    let arithmetic = Unpaired::arithmetic(&sample(&FIRST), &sample(&LATENCY)).unwrap();
    // fieller(FIRST, LATENCY, 0.05)
    ends(
        arithmetic.interval(alpha(0.05)),
        0.37157116227276504,
        0.7502778318596884,
    );
    // stats.ttest_ind(LATENCY, np.divide(FIRST, 1.05), equal_var=False, trim=0.2).pvalue
    near(
        arithmetic.p_outside(1.0 / MARGIN, MARGIN),
        0.03252256014770428,
    );
}

/// Whether a gate over many equal cells raises an alarm, and how many cells it calls the same.
fn alarms(p_values: &[f64]) -> usize {
    correction::holm(p_values)
        .iter()
        .filter(|p| **p <= 0.05)
        .count()
}

fn group(rng: &mut ChaCha8Rng, n: usize, shift: f64, draw: Draw) -> PerInvocation {
    PerInvocation::new((0..n).map(|_| (draw(rng) + shift).exp()).collect()).unwrap()
}

type Draw = fn(&mut ChaCha8Rng) -> f64;
/// How a run decides on its number of processes.
type Stop = fn(&mut ChaCha8Rng, f64, Draw) -> PerInvocation;

fn fixed(rng: &mut ChaCha8Rng, shift: f64, draw: Draw) -> PerInvocation {
    group(rng, 10, shift, draw)
}

/// Stops as a run does where it looks for precision: the confidence sequence is within 5 % of its centre.
fn when_precise(rng: &mut ChaCha8Rng, shift: f64, draw: Draw) -> PerInvocation {
    until(rng, shift, draw, |found| found.width() / 2.0 <= 0.05)
}

/// Stops as a run does where a claim is decided: the confidence sequence excludes a limit near the truth.
fn when_decided(rng: &mut ChaCha8Rng, shift: f64, draw: Draw) -> PerInvocation {
    until(rng, shift, draw, |found| !found.contains(0.02))
}

/// From 6 to 20 processes.
fn until(
    rng: &mut ChaCha8Rng,
    shift: f64,
    draw: Draw,
    is_enough: fn(Interval) -> bool,
) -> PerInvocation {
    let mut values = group(rng, 6, shift, draw).values().to_vec();
    loop {
        let data = PerInvocation::new(values.clone()).unwrap();
        let found = anytime::interval(&data.logs().unwrap(), Alpha::FIVE_PERCENT);
        if is_enough(found) || values.len() == 20 {
            return data;
        }
        values.push((draw(rng) + shift).exp());
    }
}

/// Share of gates that raise an alarm where every cell moved by `factor`.
fn alarm_rate(seed: u64, factor: f64, stop: Stop, draw: Draw) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let alarmed = (0..GATES)
        .filter(|_| {
            let p_values: Vec<f64> = (0..CELLS)
                .map(|_| {
                    let a = stop(&mut rng, 0.0, draw);
                    let b = stop(&mut rng, factor.ln(), draw);
                    let unpaired = Unpaired::geometric(&a, &b).unwrap();
                    unpaired.p_outside(1.0 / MARGIN, MARGIN)
                })
                .collect();
            alarms(&p_values) > 0
        })
        .count();
    alarmed as f64 / GATES as f64
}

#[test]
fn a_gate_of_many_cells_raises_few_false_alarms() {
    // 5 % and three standard errors of the simulation.
    let limit = 0.05 + 3.0 * (0.05 * 0.95 / GATES as f64).sqrt();
    let noises: [(&str, Draw); 4] = [
        ("normal, 3 %", |rng| 0.03 * normal(rng)),
        ("normal, 10 %", |rng| 0.1 * normal(rng)),
        ("t with 3 degrees of freedom, 3 %", |rng| {
            0.03 * student_3(rng)
        }),
        ("1 %, and 5 % of processes 20 % slower", |rng| {
            bimodal(rng, 0.01)
        }),
    ];
    let stops: [(&str, Stop); 3] = [
        ("n = 10", fixed),
        ("when precise", when_precise),
        ("when decided", when_decided),
    ];
    for (noise, draw) in noises {
        for (how, stop) in stops {
            let equal = alarm_rate(31, 1.0, stop, draw);
            // The worst that is still no difference: every cell is at the very edge of the margin.
            let edge = alarm_rate(32, MARGIN, stop, draw);
            println!("{noise}, {how}: equal {equal:.4}, at the edge of the margin {edge:.4}");
            assert!(equal <= 0.05, "{noise}, {how}: {equal}");
            // A cell that stops as soon as a claim's limit near the truth is excluded stops on a run of luck: METHOD
            // says what that costs.
            if how != "when decided" {
                assert!(edge <= limit, "{noise}, {how}: {edge}");
            }
        }
    }
}

#[test]
fn what_is_called_detectable_is_found_as_often_as_said() {
    let mut rng = ChaCha8Rng::seed_from_u64(33);
    for n in [5, 10, 20] {
        // A typical group: normal values in the middle of n equal shares, with the mean variance of such groups. Each gate
        // estimates the spread anew.
        let standard = Normal::standard();
        let spread = |size: f64| {
            let logs = (0..n).map(|i| size * standard.inverse_cdf((i as f64 + 0.5) / n as f64));
            PerInvocation::new(logs.map(f64::exp).collect()).unwrap()
        };
        let width = |group: &PerInvocation| {
            let found = Unpaired::geometric(group, group)
                .unwrap()
                .interval(Alpha::FIVE_PERCENT);
            (found.hi / found.lo).ln()
        };
        let squares = (0..DATA_SETS)
            .map(|_| width(&group(&mut rng, n, 0.0, |rng| 0.03 * normal(rng))).powi(2));
        let usual = (squares.sum::<f64>() / DATA_SETS as f64).sqrt();
        let truth = spread(0.03 * usual / width(&spread(0.03)));
        let mut found = 0;
        let factor = Unpaired::geometric(&truth, &truth).unwrap().detectable(
            Alpha::FIVE_PERCENT,
            0.8,
            MARGIN,
            1.0,
        );
        for _ in 0..DATA_SETS {
            let a = group(&mut rng, n, 0.0, |rng| 0.03 * normal(rng));
            let b = group(&mut rng, n, factor.ln(), |rng| 0.03 * normal(rng));
            let unpaired = Unpaired::geometric(&a, &b).unwrap();
            found += usize::from(unpaired.p_outside(1.0 / MARGIN, MARGIN) <= 0.05);
        }
        let power = found as f64 / DATA_SETS as f64;
        println!("n={n}: {factor:.4} is found in {power:.3}");
        // Of five values three are left after trimming: what is said of so few is hopeful.
        let least = if n == 5 { 0.64 } else { 0.74 };
        assert!((least..0.84).contains(&power), "n={n}: {power}");
    }
}

#[test]
fn the_interval_of_two_unequal_groups_covers() {
    let mut rng = ChaCha8Rng::seed_from_u64(34);
    let (mut geometric, mut arithmetic) = (0, 0);
    for _ in 0..DATA_SETS {
        let a = group(&mut rng, 6, 0.0, |rng| 0.02 * normal(rng));
        let b = group(&mut rng, 15, 0.2, |rng| 0.1 * normal(rng));
        let truth = Unpaired::geometric(&a, &b).unwrap();
        geometric += usize::from(truth.interval(Alpha::FIVE_PERCENT).contains(0.2_f64.exp()));
        let linear = |center: f64, sd: f64, n: usize, rng: &mut ChaCha8Rng| {
            PerInvocation::new((0..n).map(|_| center + sd * normal(rng)).collect()).unwrap()
        };
        let (a, b) = (
            linear(10.0, 1.0, 8, &mut rng),
            linear(12.0, 0.5, 12, &mut rng),
        );
        let ratio = Unpaired::arithmetic(&a, &b).unwrap();
        arithmetic += usize::from(ratio.interval(Alpha::FIVE_PERCENT).contains(1.2));
    }
    for (what, count) in [("Yuen", geometric), ("Fieller", arithmetic)] {
        let share = count as f64 / DATA_SETS as f64;
        println!("{what} covers {share:.4}");
        assert!((0.935..=0.965).contains(&share), "{what}: {share}");
    }
}

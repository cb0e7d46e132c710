//! 4,000 A/A streams of each kind of noise, looked at after every block: at most 5 % may ever be excluded.

use harness::stats::{Alpha, PerInvocation, anytime};

use super::noise::{Noise, generator};
use super::streams::{Of, Peeked, ever_excludes, peek, ranks};

const STREAMS: usize = 4_000;
const BLOCKS: usize = 60;
const GOAL: f64 = 0.05;

/// The bound holds for what was counted and for what chance could have hidden.
fn holds(noise: Noise, of: Of, most: f64) {
    let Peeked {
        sequence,
        ended,
        once,
    } = peek(noise, of, STREAMS, BLOCKS);
    println!(
        "{} of {}: sequence {:.4}, at most {:.4}; for one look {:.4}",
        of.name(),
        noise.name(),
        sequence.share(),
        sequence.bounds().1,
        once.share()
    );
    assert!(sequence.bounds().1 <= most, "{noise:?}: {sequence:?}");
    if let Some(ended) = ended {
        println!("  with a last look at the end {:.4}", ended.share());
        // Recorded blocks are not in random order: a slow stretch that lasts for several stays on one side.
        let most = if noise == Noise::Replayed {
            0.065
        } else {
            most
        };
        assert!(ended.bounds().1 <= most, "{noise:?}: {ended:?}");
    }
    assert!(
        once.share() > 0.1,
        "an interval for one look should not survive this: {once:?}"
    );
}

#[test]
fn ratios_survive_every_look_under_all_kinds_of_noise() {
    for noise in Noise::ALL {
        holds(noise, Of::Ratio, GOAL);
    }
}

#[test]
fn single_cells_survive_every_look_under_all_kinds_of_noise_but_drift() {
    for noise in Noise::ALL.into_iter().filter(|n| *n != Noise::Drifting) {
        // Recorded blocks are not independent: a slow stretch lasts for several.
        let most = if noise == Noise::Replayed {
            0.065
        } else {
            GOAL
        };
        holds(noise, Of::OneCell, most);
    }
}

#[test]
fn the_fast_path_of_these_tests_is_the_public_function() {
    let ranks = ranks(BLOCKS, Alpha::FIVE_PERCENT);
    for stream in 0..50 {
        let run = Noise::LogNormal.run(BLOCKS, &mut generator(Noise::LogNormal, BLOCKS, stream));
        for truth in [0.0, 0.05, 0.2] {
            let slow = (1..=BLOCKS).any(|n| {
                let so_far = PerInvocation::new(run.one[..n].to_vec()).unwrap();
                !anytime::interval(&so_far, Alpha::FIVE_PERCENT).contains(truth)
            });
            assert_eq!(
                ever_excludes(&run.one, truth, Alpha::FIVE_PERCENT, &ranks),
                slow,
                "{stream} {truth}"
            );
        }
    }
}

#[test]
fn the_stated_centres_of_the_noise_are_its_medians() {
    const RUNS: usize = 400;
    for noise in Noise::ALL {
        let (mut below, mut ratios_below, mut all) = (0.0, 0.0, 0.0);
        for i in 0..RUNS {
            let run = noise.run(BLOCKS, &mut generator(noise, BLOCKS, i));
            let ratios = run.log_ratios();
            below += run.one.iter().filter(|v| **v < run.log_median).count() as f64;
            below += run.one.iter().filter(|v| **v == run.log_median).count() as f64 / 2.0;
            ratios_below += ratios.iter().filter(|v| **v < run.log_ratio_median).count() as f64;
            ratios_below += ratios
                .iter()
                .filter(|v| **v == run.log_ratio_median)
                .count() as f64
                / 2.0;
            all += BLOCKS as f64;
        }
        // The standard error of a share of 24,000 is 0.3 %; replayed blocks come in stretches.
        for share in [below / all, ratios_below / all] {
            assert!((share - 0.5).abs() < 0.02, "{noise:?}: {share}");
        }
    }
}

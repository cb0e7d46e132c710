//! 4,000 A/A streams of each kind of noise, looked at after every block: at most 5 % may ever be excluded.

use super::noise::{Noise, generator};
use super::streams::{Of, Peeked, peek};

const STREAMS: usize = 4_000;
const BLOCKS: usize = 60;

/// The bound holds for what was counted and for what chance could have hidden.
fn holds(noise: Noise, of: Of) {
    let Peeked { sequence, t } = peek(noise, of, STREAMS, BLOCKS);
    println!(
        "{} of {}: sequence {:.4}, at most {:.4}; t {:.4}",
        of.name(),
        noise.name(),
        sequence.share(),
        sequence.bounds().1,
        t.share()
    );
    assert!(sequence.bounds().1 <= 0.05, "{noise:?}: {sequence:?}");
    assert!(
        t.share() > 0.1,
        "a t interval should not survive this: {t:?}"
    );
}

#[test]
fn ratios_survive_every_look_under_all_kinds_of_noise() {
    for noise in Noise::ALL {
        holds(noise, Of::Ratio);
    }
}

#[test]
fn single_cells_survive_every_look_where_noise_is_normal() {
    for noise in [Noise::Normal, Noise::LogNormal] {
        holds(noise, Of::OneCell);
    }
}

#[test]
fn the_stated_centres_of_the_noise_are_its_means() {
    const RUNS: usize = 400;
    for noise in Noise::ALL {
        let (mut logs, mut raws, mut ratios) = (0.0, 0.0, 0.0);
        for i in 0..RUNS {
            let run = noise.run(BLOCKS, &mut generator(noise, BLOCKS, i));
            let n = BLOCKS as f64;
            logs += run.one.iter().sum::<f64>() / n - run.log_mean;
            raws += run.one.iter().map(|v| v.exp()).sum::<f64>() / n - run.raw_mean;
            ratios += run.log_ratios().iter().sum::<f64>() / n;
        }
        // The widest kind has a standard deviation of 0.42, hence a standard error of 0.003.
        for off in [logs, raws, ratios].map(|sum| sum / RUNS as f64) {
            assert!(off.abs() < 0.01, "{noise:?}: {off}");
        }
    }
}

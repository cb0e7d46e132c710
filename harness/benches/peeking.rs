//! How often a confidence sequence, looked at after every block, ever excludes the truth in A/A streams.
//! `cargo bench --bench peeking`; seconds in a release build. `tests/stats/peeking.rs` holds 4,000 streams of 60 to the
//! goal in every test run; here they are longer and more.
#![expect(
    clippy::unwrap_used,
    reason = "a simulation whose own data are wrong must stop"
)]

mod common;
#[path = "../tests/stats/noise.rs"]
mod noise;
#[path = "../tests/stats/streams.rs"]
mod streams;

use noise::Noise;
use streams::{Excluded, Of, Peeked, peek};

fn main() {
    common::header(
        "A/A streams looked at after every block from the fifth on: share that ever excludes the truth, goal at most 5 %",
    );
    println!(
        "the goal is one of ratios; single cells are shown too. `with a last look`: half of alpha for all looks, half for one at the end; `for one look`: the interval that is not made for this"
    );
    println!(
        "single cells under drift are left out: the median that they should cover moves with every block\n"
    );
    println!(
        "{:<11}{:<10}{:>8}{:>9}  {:<33}{:<33}for one look",
        "noise", "of", "blocks", "streams", "sequence [Clopper-Pearson 95 %]", "with a last look"
    );
    let single = Noise::ALL.into_iter().filter(|n| *n != Noise::Drifting);
    let rows: Vec<(Noise, Of)> = Noise::ALL
        .into_iter()
        .map(|noise| (noise, Of::Ratio))
        .chain(single.map(|noise| (noise, Of::OneCell)))
        .collect();
    for (streams, blocks) in [(4_000, 60), (20_000, 60), (4_000, 500)] {
        for (noise, of) in &rows {
            let Peeked {
                sequence,
                ended,
                once,
            } = peek(*noise, *of, streams, blocks);
            let told = |excluded: Excluded| {
                let (lo, hi) = excluded.bounds();
                let missed = *of == Of::Ratio && excluded.share() > 0.05;
                format!(
                    "{:.2} % [{:.2}, {:.2}]{}",
                    excluded.share() * 100.0,
                    lo * 100.0,
                    hi * 100.0,
                    if missed { " MISSED" } else { "" }
                )
            };
            println!(
                "{:<11}{:<10}{blocks:>8}{streams:>9}  {:<33}{:<33}{:.1} %",
                noise.name(),
                of.name(),
                told(sequence),
                ended.map_or_else(|| "-".to_owned(), told),
                once.share() * 100.0
            );
        }
        println!();
    }
}

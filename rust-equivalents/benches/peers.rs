//! The bodies of `src/bin/peers` under criterion, for the comparison of tools: `harness/benches/peers`.
//!
//! `PEERS_EXTRA_PERCENT` is the injected slow-down; the names of the benchmarks do not tell it, so that a
//! slowed run is compared with the baseline of the same name.

#[path = "../src/bin/peers/bodies.rs"]
mod bodies;

use criterion::Criterion;
use rust_equivalents::Rand;

const EXTRA_VARIABLE: &str = "PEERS_EXTRA_PERCENT";
const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let extra = match std::env::var(EXTRA_VARIABLE) {
        Ok(percent) => percent.parse()?,
        Err(_) => 0,
    };
    let mut criterion = Criterion::default().configure_from_args();
    for name in bodies::NAMES {
        if let Some(mut body) = bodies::body(name, Rand::new(SEED))? {
            criterion.bench_function(name, |b| b.iter(|| body(bodies::units(1, extra))));
        }
    }
    criterion.final_summary();
    Ok(())
}

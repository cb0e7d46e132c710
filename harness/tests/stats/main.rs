//! The statistics against references, by invariants and by simulation.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic; the lint's exemption knows only #[test] functions"
)]

mod gate;
mod noise;
mod peeking;
mod properties;
mod reference;
mod simulation;
mod streams;

use harness::stats::PerInvocation;

fn sample(values: &[f64]) -> PerInvocation {
    PerInvocation::new(values.to_vec()).unwrap()
}

//! The Rust side of probe protocol 1 (`harness/docs/PROTOCOL.md`): flags in, JSON Lines out.
//!
//! A complete program:
//!
//! ```no_run
//! use std::collections::HashSet;
//! use std::process::ExitCode;
//! use std::time::Instant;
//!
//! use rust_equivalents::{Phase, Program, Unit, nanos};
//!
//! fn main() -> ExitCode {
//!     let mut program = Program::new("map-insert");
//!     let keys = program.param("keys", 1000_u64, "number of keys");
//!     program.case("fill", "insert random keys into an empty map", move |p| {
//!         let mut rng = p.rand();
//!         let mut set = HashSet::new();
//!         let start = Instant::now();
//!         for _ in 0..keys {
//!             set.insert(rng.next_u64());
//!         }
//!         let took = nanos(start.elapsed());
//!         p.sample("insert", Unit::Nanoseconds, Phase::Measure, keys, took as f64);
//!         p.check(set.len());
//!     });
//!     program.run()
//! }
//! ```
//!
//! Records stay in memory until the case has returned, or until [`Probe::flush`], so that nothing is
//! written while something is timed.

mod batch;
mod child;
mod clock;
mod contention;
mod histogram;
mod process;
mod program;
mod rand;
mod record;

pub use batch::calibrate;
pub use child::{Child, panics, returns, run_child};
pub use clock::{clock_cost, nanos};
pub use contention::{CONTENTION_ATTEMPTS, Gate, contend};
pub use histogram::Histogram;
pub use process::proc_status;
pub use program::Program;
pub use rand::Rand;
pub use record::{OutcomeValue, Phase, Probe, Unit};

/// The version of the probe protocol that this library speaks.
pub const PROTOCOL: u32 = 1;

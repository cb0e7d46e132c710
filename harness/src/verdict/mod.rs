//! Claims and evidence to verdicts. Pure: no clock, no file, no randomness.
//!
//! 1. [`place`]: where an interval lies relative to the stated range.
//! 2. [`judge`]: a claim by toolchain, then over toolchains.
//! 3. [`ClaimStopping`]: which cells need no more data, by the same rules.
//!
//! `harness/docs/VERDICTS.md` is the same in prose.

mod judge;
mod place;
mod stopping;

pub use judge::{Fitness, judge, judge_all};
pub use place::{Place, place};
pub use stopping::ClaimStopping;

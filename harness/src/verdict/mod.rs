//! Claims and evidence to verdicts. Pure: no clock, no file, no randomness.
//!
//! 1. [`place`]: where an interval lies relative to the stated range.
//! 2. [`draft`]: a claim by toolchain.
//! 3. [`settle`]: all claims of a run together, since among many some are refuted by chance.
//! 4. [`ClaimStopping`]: which cells need no more data, by the same rules.
//!
//! `harness/docs/VERDICTS.md` is the same in prose.

mod columns;
mod held;
mod judge;
mod place;
mod readings;
mod refute;
mod settle;
mod stopping;

pub use judge::{Fitness, draft};
pub use place::{Place, place};
pub use settle::{Draft, judge_all, settle};
pub use stopping::ClaimStopping;

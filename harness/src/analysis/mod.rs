//! The journal to estimates, by cell.
//!
//! 1. [`Ledger`]: of each cell and block one invocation counts, the first that was not disturbed.
//! 2. [`reduce`](mod@reduce): an invocation to one figure of a metric; inner samples end here.
//! 3. [`Analyst`]: figures of invocations to estimates, and pairs of them, block by block, to ratios.
//! 4. [`controls`]: the A/A control and the positive control; [`checks`]: results that must be equal;
//!    `scaling`: figures that must be those of one operation; `layouts`: times that hang on the order of functions.

pub mod checks;
pub mod controls;
mod estimates;
mod layouts;
mod ledger;
pub mod reduce;
mod scaling;

pub use estimates::{ALPHA, Analyst, Look};
pub use ledger::Ledger;

//! The library behind the `harness` command: a fact-checking laboratory for an article about Go.
//!
//! Modules are layers, lowest first; each may use only those above it in this list.
//!
//! 1. [`units`], [`record`]: the shared vocabulary, plain data.
//! 2. [`stats`]: quantiles, intervals, confidence sequences. Uses nothing of ours.
//! 3. [`spec`]: experiment definitions, TOML to checked model.
//! 4. [`store`]: the run folder, its journal and lock.
//! 5. [`probe`]: one line that a program printed to a record.
//! 6. [`exec`]: one child process, with its limits and what the kernel says of it.
//! 7. [`toolchain`], [`host`]: compilers and builds; facts and noise of the machine.
//! 8. [`plan`]: experiments x toolchains x parameters to blocks of invocations.
//! 9. [`engine`]: the run loop.
//! 10. [`calibrate`]: our probes against the tools that people trust.
//! 11. [`analysis`]: journal to estimates.
//! 12. [`verdict`]: claims and estimates to verdicts.
//! 13. [`compare`]: two runs to what changed between them.
//! 14. [`chart`], [`report`]: estimates and verdicts to pictures and pages.
//! 15. [`ui`], [`cli`]: what a person sees and types.

pub mod analysis;
pub mod calibrate;
pub mod chart;
pub mod cli;
pub mod compare;
pub mod engine;
pub mod exec;
pub mod host;
pub mod plan;
pub mod probe;
pub mod record;
pub mod report;
pub mod spec;
pub mod stats;
pub mod store;
pub mod toolchain;
pub mod ui;
pub mod units;
pub mod verdict;

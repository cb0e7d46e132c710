//! Experiment definitions: one TOML file each, loaded into a checked model.
//!
//! `harness/docs/FORMAT.md` describes the file. Loading has three steps: TOML to wire types (types and unknown
//! keys), wire types to the model (words and quantities), and checks across the model (names, cells, duplicates).
//! Each problem is reported with its file, line and key.

mod builtin;
mod check;
mod convert;
mod load;
mod locate;
mod model;
mod select;
mod statistic;
mod wire;

pub use builtin::{BUILTIN, builtin_metric};
pub use check::{CONTROL_PAIRS, SOURCE_CASE, TOOL_CASE, is_kebab};
pub use load::{LoadError, Sources, SpecError, load_all, load_text};
pub use model::*;
pub use wire::{SPEC_FORMAT, WireExperiment};

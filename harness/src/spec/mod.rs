//! Experiment definitions: one TOML file each, loaded into a checked model.

mod model;

pub use model::*;

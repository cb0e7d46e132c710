//! A cell: one point of the plan that gets an estimate.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Which program, built how, run with which parameters.
///
/// Displayed as `variant[@toolchain] case name=value ...[ #copy]`, the form that reports and evidence use.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct CellKey {
    /// The experiment's name.
    pub experiment: String,
    /// The variant's name in the definition (`go`, `rust-tokio`).
    pub variant: String,
    /// Compiler version, e.g. `1.27.3`; empty for a language of which only one is used.
    pub toolchain: String,
    /// Which of the program's jobs.
    pub case: String,
    /// Parameter values by name, as text.
    pub params: BTreeMap<String, String>,
    /// 0 for the cell itself, 1 for its twin in the A/A control.
    pub copy: u8,
}

impl CellKey {
    /// The same cell as its A/A twin (`copy` 1) or as itself (`copy` 0).
    pub fn with_copy(&self, copy: u8) -> CellKey {
        CellKey {
            copy,
            ..self.clone()
        }
    }
}

impl fmt::Display for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.variant)?;
        if !self.toolchain.is_empty() {
            write!(f, "@{}", self.toolchain)?;
        }
        write!(f, " {}", self.case)?;
        for (name, value) in &self.params {
            write!(f, " {name}={value}")?;
        }
        if self.copy > 0 {
            write!(f, " #{}", self.copy + 1)?;
        }
        Ok(())
    }
}

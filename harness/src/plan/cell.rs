//! A cell with everything it takes to run it once.

use std::collections::BTreeMap;

use crate::record::CellKey;
use crate::units::Unit;

/// How often a cell is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// From the plan's `min_blocks` on until its claims are decided.
    Adaptive,
    /// This often, decided before the run: the interval of a fixed number of invocations applies.
    Fixed(u32),
}

impl Blocks {
    /// How many blocks this cell takes part in, at most, when the plan has `blocks`.
    pub fn limit(self, blocks: u32) -> u32 {
        match self {
            Blocks::Adaptive => blocks,
            Blocks::Fixed(n) => n,
        }
    }
}

/// What carries a cell out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A process.
    Program {
        /// Arguments.
        args: Vec<String>,
        /// Environment, beyond the allow-list.
        env: BTreeMap<String, String>,
        /// The name that the program must give in `hello`.
        program: String,
    },
    /// No program of ours: source probes, looked up in the GOROOT of the cell's toolchain, or tools that are asked.
    LookUp,
}

/// A cell of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Which one.
    pub key: CellKey,
    /// What carries it out.
    pub kind: CellKind,
    /// Time limit of one invocation in nanoseconds.
    pub timeout_ns: u64,
    /// How often.
    pub blocks: Blocks,
    /// Metrics that its program may print, with their units.
    pub metrics: BTreeMap<String, Unit>,
}

impl Cell {
    /// Whether its data decide how often it is run.
    pub fn is_adaptive(&self) -> bool {
        self.blocks == Blocks::Adaptive
    }
}

//! Experiments x toolchains x parameters to cells, and cells to blocks of invocations. Pure: nothing is run or read.
//!
//! Everything random follows from the run's seed through [`order`]: the order within a block, the seed that a program
//! gets, the length of the environment padding. The same plan and seed give the same ids, which is what makes a
//! resume possible: an id that the journal holds is not run again.

mod cell;
mod expand;
pub mod order;

pub use crate::spec::CONTROL_VARIANT;
pub use cell::{Blocks, Cell, CellKind};
pub use expand::{Options, PlanError, UnknownProfile, control_pair, expand, expand_again};

use crate::spec::Profile;

/// What a run will do.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Everything random follows from it.
    pub seed: u64,
    /// How thorough.
    pub profile: Profile,
    /// In the order in which they are run.
    pub experiments: Vec<ExperimentPlan>,
}

impl Plan {
    /// The cells of an experiment; none where it is not planned.
    pub fn cells(&self, experiment: &str) -> &[Cell] {
        self.experiments
            .iter()
            .find(|planned| planned.name == experiment)
            .map_or(&[], |planned| &planned.cells)
    }
}

/// One experiment's share of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentPlan {
    /// The experiment's name.
    pub name: String,
    /// Its cells, controls included.
    pub cells: Vec<Cell>,
    /// Blocks before an adaptive cell may stop.
    pub min_blocks: u32,
    /// Blocks after which every cell stops.
    pub max_blocks: u32,
    /// Half-width of an interval, as a share of its centre, that is precise enough.
    pub precision: f64,
    /// Time budget in nanoseconds.
    pub budget_ns: u64,
}

impl ExperimentPlan {
    /// Blocks after which nothing is left to run: cells with a fixed number get it even where adaptive ones may not.
    pub fn blocks(&self) -> u32 {
        let fixed = self.cells.iter().map(|c| c.blocks.limit(self.max_blocks));
        fixed.max().unwrap_or(self.max_blocks)
    }

    /// Invocations of the first `min_blocks` blocks: the least that the experiment costs.
    pub fn min_invocations(&self) -> u64 {
        self.cells
            .iter()
            .map(|c| u64::from(c.blocks.limit(self.min_blocks)))
            .sum()
    }

    /// Invocations if no cell stops early and the budget does not end.
    pub fn max_invocations(&self) -> u64 {
        self.cells
            .iter()
            .map(|c| u64::from(c.blocks.limit(self.max_blocks)))
            .sum()
    }
}

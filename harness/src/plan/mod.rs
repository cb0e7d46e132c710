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

use std::collections::BTreeMap;

use crate::spec::{Experiment, Profile};
use crate::units::Unit;

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

    /// Divides a budget of the whole run among those experiments that have adaptive cells, as their definitions' budgets
    /// are to one another.
    pub fn share_budget(&mut self, total_ns: u64, experiments: &[&Experiment]) {
        let shares: BTreeMap<&str, u64> = experiments
            .iter()
            .map(|experiment| (experiment.name.as_str(), experiment.run.budget_ns))
            .collect();
        let share = |planned: &ExperimentPlan| match planned.is_adaptive() {
            true => shares.get(planned.name.as_str()).copied().unwrap_or(0) as f64,
            false => 0.0,
        };
        let whole: f64 = self.experiments.iter().map(share).sum();
        for planned in &mut self.experiments {
            let share = share(planned);
            if share > 0.0 {
                planned.budget_ns = (total_ns as f64 * share / whole) as u64;
            }
        }
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
    /// Blocks after which every adaptive cell stops.
    pub max_blocks: u32,
    /// Half-width of an interval, as a share of its centre, that is precise enough.
    pub precision: f64,
    /// Time budget of the adaptive cells in nanoseconds; those with a fixed number of blocks come on top.
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

    /// Invocations of cells with a fixed number of blocks.
    pub fn fixed_invocations(&self) -> u64 {
        self.cells
            .iter()
            .filter(|c| !c.is_adaptive())
            .map(|c| u64::from(c.blocks.limit(self.max_blocks)))
            .sum()
    }

    /// Whether any cell is adaptive; if none is, the budget is nobody's.
    pub fn is_adaptive(&self) -> bool {
        self.cells.iter().any(Cell::is_adaptive)
    }

    /// What is known of the cost beforehand, in words.
    pub fn cost(&self) -> String {
        let budget = Unit::Nanosecond.show(self.budget_ns as f64);
        match (self.is_adaptive(), self.fixed_invocations()) {
            (false, fixed) => format!("{fixed} invocations"),
            (true, 0) => format!("at most {budget}"),
            (true, fixed) => format!("at most {budget} and {fixed} invocations on top"),
        }
    }
}

//! What the engine tells while it runs. Sent between invocations, never while a child is being measured.

use crate::plan::{Cell, ExperimentPlan};
use crate::record::{CellStop, Invocation};

/// Something happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// An experiment begins.
    Started {
        /// What is planned.
        plan: &'a ExperimentPlan,
        /// Its invocations that the journal has already.
        history: &'a [Invocation],
    },
    /// A block begins.
    Block {
        /// Its number, from 0.
        block: u32,
        /// Cells that take part.
        cells: usize,
    },
    /// A child is about to start.
    Starting {
        /// Its cell.
        cell: &'a Cell,
        /// The command as a line to paste into a shell.
        command: &'a str,
    },
    /// An invocation is in the journal.
    Finished {
        /// It.
        invocation: &'a Invocation,
    },
    /// An experiment ended.
    Ended {
        /// How each cell ended.
        stops: &'a [CellStop],
    },
}

//! The run loop: blocks of invocations in random order, until every cell has stopped.
//!
//! 1. A block runs every active cell once, in an order that the seed fixes ([`crate::plan::order`]).
//! 2. An invocation that the machine disturbed is repeated, by a rule that does not look at its figures.
//! 3. After a block [`Stopping`] says which cells are decided; they drop out.
//! 4. The experiment ends when no cell is active, or its budget does.
//!
//! What the journal holds already is not run again, and counts as if it had just been run: a resumed run takes the same
//! decisions as one that was never interrupted.

mod event;
mod invoke;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub use event::Event;

use crate::exec::{Cancel, Clock, Executor};
use crate::host::NoiseProbe;
use crate::plan::{Blocks, Cell, CellKind, ExperimentPlan, order};
use crate::record::{CellKey, CellStop, Invocation, InvocationId, Record, RunEnd, StopReason};

/// How often a disturbed invocation is repeated.
const MAX_REPEATS: u32 = 1;

/// One repeat for so many cells of a block, and one more for the rest. On a machine that is never quiet repeats are
/// as disturbed as what they stand for, and would only eat the budget.
const CELLS_A_REPEAT: usize = 5;

/// Invocations that fail in a row before a cell is given up.
const MAX_FAILURES: u32 = 2;

/// Says when a cell has enough data. Implemented above, where claims are known.
pub trait Stopping {
    /// The cells that need no further block, and why. Must be a pure function of the invocations.
    fn stops(&mut self, blocks_done: u32, invocations: &[Invocation])
    -> Vec<(CellKey, StopReason)>;
}

/// The two wishes to stop: finish the invocation, or end it now.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    finish: Arc<AtomicBool>,
    /// Pulled for "now".
    pub cancel: Cancel,
}

impl Interrupt {
    /// Ask once to finish the invocation in flight, twice to end it now.
    pub fn ask(&self) {
        if self.finish.swap(true, Ordering::SeqCst) {
            self.cancel.cancel();
        }
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        self.finish.load(Ordering::SeqCst)
    }
}

/// What a source or a tool said.
#[derive(Clone, Debug, Default)]
pub struct LookedUp {
    /// An outcome for each probe.
    pub records: Vec<Record>,
    /// What a tool printed, as evidence.
    pub said: String,
}

/// Why there is no [`LookedUp`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUpError {
    /// The user ended it: as if it had never been started.
    Cancelled,
    /// It could not be looked up, for this reason.
    Failed(String),
    /// This file or folder was there when the run was begun.
    Vanished(PathBuf),
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// The journal could not be written.
    #[error(transparent)]
    Append(E),
    /// A file or folder that the run was begun with. No program has failed by it, so nothing of it is in the journal.
    #[error("{0} is gone, which was there when the run was begun")]
    Vanished(PathBuf),
}

/// What is needed to carry cells out.
pub struct Engine<'a> {
    /// Runs children.
    pub executor: &'a mut dyn Executor,
    /// The time of day, for the journal.
    pub clock: &'a dyn Clock,
    /// The machine's noise; `None` records none.
    pub noise: Option<&'a NoiseProbe>,
    /// CPUs of the machine.
    pub cpus: u32,
    /// Layouts of each binary by variant and toolchain; the blocks take them in turn.
    pub programs: &'a BTreeMap<(String, String), Vec<PathBuf>>,
    /// Answers the source or tool probes of a cell.
    pub look_up: &'a dyn Fn(&Cell) -> Result<LookedUp, LookUpError>,
    /// Environment that every child gets.
    pub base_env: &'a BTreeMap<String, String>,
    /// Folder in which children start.
    pub cwd: PathBuf,
    /// The run's seed.
    pub seed: u64,
    /// Wishes to stop.
    pub interrupt: &'a Interrupt,
    /// Gets what happens, between invocations only.
    pub listener: &'a mut dyn FnMut(Event<'_>),
}

/// What became of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// All its invocations, those of an earlier run included, in journal order.
    pub invocations: Vec<Invocation>,
    /// How each cell ended.
    pub stops: Vec<CellStop>,
}

impl Engine<'_> {
    /// Runs an experiment. `history` holds its invocations that the journal has already; `append` writes a new one
    /// before anything else happens.
    ///
    /// # Errors
    /// What `append` returns, and what vanished under the run; everything that goes wrong with a child is a journal line
    /// instead.
    pub fn run<E>(
        &mut self,
        plan: &ExperimentPlan,
        history: Vec<Invocation>,
        stopping: &mut dyn Stopping,
        append: &mut dyn FnMut(&Invocation) -> Result<(), E>,
    ) -> Result<Done, RunError<E>> {
        let mut state = State::new(plan, history);
        (self.listener)(Event::Started {
            plan,
            history: &state.invocations,
        });
        'blocks: for block in 0..plan.blocks() {
            if state.is_over_budget(plan, block) {
                state.stop_adaptive(StopReason::Budget);
            }
            if block == plan.max_blocks {
                state.stop_adaptive(StopReason::MaxBlocks);
            }
            let active: BTreeSet<usize> = (0..plan.cells.len())
                .filter(|i| state.is_active(*i, block))
                .collect();
            if active.is_empty() {
                break;
            }
            (self.listener)(Event::Block {
                block,
                cells: active.len(),
            });
            let order = order::block_order(self.seed, &plan.name, block, plan.cells.len());
            for (slot, index) in order
                .into_iter()
                .enumerate()
                .filter(|(_, i)| active.contains(i))
            {
                if self.interrupt.is_asked() {
                    state.stop_rest(StopReason::Interrupted);
                    break 'blocks;
                }
                let position = Position {
                    block,
                    slot: slot as u32,
                    cells: active.len(),
                };
                if !self.cell_in_block(plan, index, position, &mut state, append)? {
                    state.stop_rest(StopReason::Interrupted);
                    break 'blocks;
                }
            }
            for (key, reason) in stopping.stops(block + 1, state.up_to(block)) {
                state.stop(plan, &key, reason);
            }
            state.stop_fixed(plan, block + 1);
        }
        state.stop_rest(StopReason::MaxBlocks);
        let stops = state.into_stops(plan);
        (self.listener)(Event::Ended { stops: &stops.1 });
        Ok(Done {
            invocations: stops.0,
            stops: stops.1,
        })
    }

    /// One cell in one block, with its repeats. `false` when the user ended it.
    fn cell_in_block<E>(
        &mut self,
        plan: &ExperimentPlan,
        index: usize,
        position: Position,
        state: &mut State,
        append: &mut dyn FnMut(&Invocation) -> Result<(), E>,
    ) -> Result<bool, RunError<E>> {
        let cell = &plan.cells[index];
        let Position { block, slot, cells } = position;
        for attempt in 0..=MAX_REPEATS {
            let id = order::invocation_id(self.seed, &cell.key, block, attempt);
            if let Some(known) = state.known.get(&id) {
                let known = &state.invocations[*known];
                let is_final = known.disturbed.is_none()
                    || !known.is_usable()
                    || state.repeats_in(block) > cells / CELLS_A_REPEAT;
                if is_final {
                    break;
                }
                continue;
            }
            let carried_out = match &cell.kind {
                CellKind::Program { .. } => {
                    let wish = invoke::Wish {
                        cell,
                        id,
                        block,
                        slot,
                        attempt,
                    };
                    self.invoke(&wish, plan)
                }
                CellKind::LookUp => self.look_up(cell, id, block, slot),
            };
            let mut invocation = carried_out.map_err(RunError::Vanished)?;
            if invocation.end == RunEnd::Cancelled {
                // Not written: a resume runs it again, as if it had never been started.
                return Ok(false);
            }
            invocation.overhead_ns += std::mem::take(&mut state.append_ns);
            let writing = Instant::now();
            append(&invocation).map_err(RunError::Append)?;
            state.append_ns = u64::try_from(writing.elapsed().as_nanos()).unwrap_or(u64::MAX);
            (self.listener)(Event::Finished {
                invocation: &invocation,
            });
            let repeat = invocation.disturbed.is_some()
                && invocation.is_usable()
                && state.repeats_in(block) <= cells / CELLS_A_REPEAT;
            state.push(index, invocation);
            if !repeat || self.interrupt.is_asked() {
                break;
            }
        }
        state.give_up_if_failing(index);
        Ok(true)
    }
}

/// Where in the run an invocation stands.
#[derive(Clone, Copy)]
struct Position {
    block: u32,
    slot: u32,
    /// Cells that take part in the block.
    cells: usize,
}

/// Book-keeping of one experiment.
struct State {
    invocations: Vec<Invocation>,
    known: BTreeMap<InvocationId, usize>,
    stopped: Vec<Option<StopReason>>,
    failures: Vec<u32>,
    usable: Vec<u32>,
    blocks: Vec<Blocks>,
    /// What the last journal write took; charged to the next invocation, since its own line is written by then.
    append_ns: u64,
}

impl State {
    fn new(plan: &ExperimentPlan, history: Vec<Invocation>) -> State {
        let cells = plan.cells.len();
        let mut state = State {
            invocations: Vec::with_capacity(history.len()),
            known: BTreeMap::new(),
            stopped: vec![None; cells],
            failures: vec![0; cells],
            usable: vec![0; cells],
            blocks: plan.cells.iter().map(|c| c.blocks).collect(),
            append_ns: 0,
        };
        for invocation in history {
            if let Some(index) = plan.cells.iter().position(|c| c.key == invocation.cell) {
                state.push(index, invocation);
            }
        }
        state
    }

    fn push(&mut self, index: usize, invocation: Invocation) {
        if invocation.is_usable() {
            self.failures[index] = 0;
            self.usable[index] += 1;
        } else {
            self.failures[index] += 1;
        }
        self.known
            .insert(invocation.id.clone(), self.invocations.len());
        self.invocations.push(invocation);
    }

    fn repeats_in(&self, block: u32) -> usize {
        self.invocations
            .iter()
            .rev()
            .filter(|i| i.block == block && i.attempt > 0)
            .count()
    }

    fn is_active(&self, index: usize, block: u32) -> bool {
        self.stopped[index].is_none() && block < self.blocks[index].limit(u32::MAX)
    }

    /// Whether another block would probably end behind the budget, which is for cells without a fixed number of blocks. The
    /// first block always runs: without it there is nothing to say.
    fn is_over_budget(&self, plan: &ExperimentPlan, block: u32) -> bool {
        if block == 0 {
            return false;
        }
        let past = self.up_to(block - 1);
        let cost = |i: &Invocation| i.wall_ns + i.overhead_ns;
        let adaptive: BTreeSet<&CellKey> = plan
            .cells
            .iter()
            .filter(|cell| cell.is_adaptive())
            .map(|cell| &cell.key)
            .collect();
        let spent: u64 = past
            .iter()
            .filter(|i| adaptive.contains(&i.cell))
            .map(cost)
            .sum();
        let next: u64 = (0..plan.cells.len())
            .filter(|i| self.is_active(*i, block) && self.blocks[*i] == Blocks::Adaptive)
            .filter_map(|i| past.iter().rev().find(|inv| inv.cell == plan.cells[i].key))
            .map(cost)
            .sum();
        spent + next > plan.budget_ns
    }

    /// The invocations of the blocks up to `block`: a resumed run must not decide by what came later.
    fn up_to(&self, block: u32) -> &[Invocation] {
        let end = self.invocations.partition_point(|i| i.block <= block);
        &self.invocations[..end]
    }

    fn stop(&mut self, plan: &ExperimentPlan, key: &CellKey, reason: StopReason) {
        if let Some(index) = plan.cells.iter().position(|c| c.key == *key) {
            self.stopped[index].get_or_insert(reason);
        }
    }

    fn stop_fixed(&mut self, plan: &ExperimentPlan, blocks_done: u32) {
        for (index, cell) in plan.cells.iter().enumerate() {
            if matches!(cell.blocks, Blocks::Fixed(n) if blocks_done >= n) {
                self.stopped[index].get_or_insert(StopReason::MaxBlocks);
            }
        }
    }

    fn stop_adaptive(&mut self, reason: StopReason) {
        for (stopped, blocks) in self.stopped.iter_mut().zip(&self.blocks) {
            if *blocks == Blocks::Adaptive {
                stopped.get_or_insert(reason);
            }
        }
    }

    fn stop_rest(&mut self, reason: StopReason) {
        for stopped in &mut self.stopped {
            stopped.get_or_insert(reason);
        }
    }

    fn give_up_if_failing(&mut self, index: usize) {
        if self.failures[index] >= MAX_FAILURES {
            self.stopped[index].get_or_insert(StopReason::Failed);
        }
    }

    fn into_stops(self, plan: &ExperimentPlan) -> (Vec<Invocation>, Vec<CellStop>) {
        let stops = plan
            .cells
            .iter()
            .zip(self.stopped)
            .zip(self.usable)
            .map(|((cell, reason), invocations)| CellStop {
                cell: cell.key.clone(),
                invocations,
                reason: reason.unwrap_or(StopReason::MaxBlocks),
            })
            .collect();
        (self.invocations, stops)
    }
}

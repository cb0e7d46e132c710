//! The engine's events to a person: progress with the time left, and nothing at all while a child is measured.
//!
//! Events arrive between invocations only, and each draws at once and is done: there is no thread that ticks.

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Event;
use crate::plan::ExperimentPlan;
use crate::record::{CellKey, Invocation};
use crate::units::Unit;

/// Shows how far a run is.
pub trait Progress {
    /// Something happened.
    fn event(&mut self, event: &Event<'_>);

    /// A line that stays, between what is drawn.
    fn note(&mut self, line: &str);
}

/// How far an experiment is, by what its invocations have cost so far.
#[derive(Debug, Default)]
struct Pace {
    /// Cells with a number of blocks of their own. The budget is not theirs.
    fixed_cells: BTreeSet<CellKey>,
    fixed: Tally,
    adaptive: Tally,
    at_least: u64,
    budget_ns: u64,
}

#[derive(Debug, Default)]
struct Tally {
    done: u64,
    at_most: u64,
    spent_ns: u64,
}

impl Tally {
    fn each_ns(&self) -> Option<u64> {
        self.spent_ns.checked_div(self.done)
    }

    /// What all blocks that are left take, if each invocation takes `each_ns`.
    fn by_blocks(&self, each_ns: u64) -> u64 {
        self.at_most
            .saturating_sub(self.done)
            .saturating_mul(each_ns)
    }
}

impl Pace {
    /// An earlier session's share counts: its invocations are not run again, and the budget is that of both.
    fn new(plan: &ExperimentPlan, history: &[Invocation]) -> Pace {
        let fixed_cells: BTreeSet<CellKey> = plan
            .cells
            .iter()
            .filter(|cell| !cell.is_adaptive())
            .map(|cell| cell.key.clone())
            .collect();
        let of_fixed = plan.fixed_invocations();
        let mut pace = Pace {
            fixed_cells,
            fixed: Tally {
                at_most: of_fixed,
                ..Tally::default()
            },
            adaptive: Tally {
                at_most: plan.max_invocations() - of_fixed,
                ..Tally::default()
            },
            at_least: plan.min_invocations(),
            budget_ns: plan.budget_ns,
        };
        for invocation in history {
            pace.count(invocation);
        }
        pace
    }

    fn count(&mut self, invocation: &Invocation) {
        let tally = if self.fixed_cells.contains(&invocation.cell) {
            &mut self.fixed
        } else {
            &mut self.adaptive
        };
        tally.done += 1;
        tally.spent_ns += invocation.wall_ns + invocation.overhead_ns;
    }

    fn done(&self) -> u64 {
        self.fixed.done + self.adaptive.done
    }

    /// The most that may be left: all blocks at the pace so far, where there is a budget not more than its rest.
    fn left(&self) -> String {
        let Some(pace) = self.fixed.each_ns().or(self.adaptive.each_ns()) else {
            return format!("{} invocations at least", self.at_least);
        };
        let by_budget = self.budget_ns.saturating_sub(self.adaptive.spent_ns);
        let adaptive = match self.adaptive.each_ns() {
            _ if self.adaptive.at_most == 0 => 0,
            Some(each) => by_budget.min(self.adaptive.by_blocks(each)),
            None => by_budget,
        };
        let left = adaptive.saturating_add(self.fixed.by_blocks(pace));
        format!("at most {} left", Unit::Nanosecond.show(left as f64))
    }
}

/// One line on a terminal, replaced between invocations.
#[derive(Debug)]
pub struct Line {
    bar: ProgressBar,
    pace: Pace,
}

impl Line {
    /// A line on stderr.
    pub fn new() -> Line {
        // A limit on the refresh rate would leave a stale line while a child runs.
        let target = ProgressDrawTarget::stderr_with_hz(u8::MAX);
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(
            ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Line {
            bar,
            pace: Pace::default(),
        }
    }
}

impl Default for Line {
    fn default() -> Self {
        Line::new()
    }
}

impl Progress for Line {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { plan, history } => self.pace = Pace::new(plan, history),
            Event::Starting { cell, .. } => {
                let done = self.pace.done();
                let total = self.pace.at_least.max(done + 1);
                self.bar.set_message(format!(
                    "{} {}/{total}, {}: {}",
                    cell.key.experiment,
                    done + 1,
                    self.pace.left(),
                    cell.key
                ));
                self.bar.force_draw();
            }
            Event::Finished { invocation } => {
                self.pace.count(invocation);
                if let Some(failure) = invocation.failure() {
                    self.note(&failed(invocation, &failure));
                }
            }
            Event::Ended { .. } => self.bar.set_message(""),
            Event::Block { .. } => {}
        }
    }

    fn note(&mut self, line: &str) {
        self.bar.println(line);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// One line a block, for logs.
#[derive(Debug, Default)]
pub struct Plain {
    pace: Pace,
}

impl Progress for Plain {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { plan, history } => {
                self.pace = Pace::new(plan, history);
                let resumed = match history.len() {
                    0 => String::new(),
                    n => format!(", {n} invocations done before"),
                };
                self.note(&format!(
                    "{}: {} cells, {}{resumed}",
                    plan.name,
                    plan.cells.len(),
                    plan.cost()
                ));
            }
            Event::Block { block, cells } => {
                self.note(&format!(
                    "block {}: {cells} cells, {}",
                    block + 1,
                    self.pace.left()
                ));
            }
            Event::Finished { invocation } => {
                self.pace.count(invocation);
                if let Some(failure) = invocation.failure() {
                    self.note(&failed(invocation, &failure));
                }
            }
            Event::Starting { .. } | Event::Ended { .. } => {}
        }
    }

    fn note(&mut self, line: &str) {
        // Nobody can be told that stderr is gone.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

fn failed(invocation: &Invocation, failure: &str) -> String {
    format!(
        "{} {} block {}: {failure}",
        invocation.cell.experiment,
        invocation.cell,
        invocation.block + 1
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan::{Blocks, Cell, CellKind};
    use crate::record::{INVOCATION_FORMAT, InvocationId, NoiseDelta, ProbeEnd, RunEnd, Usage};

    const SECOND: u64 = 1_000_000_000;

    fn key() -> CellKey {
        CellKey {
            experiment: "x".into(),
            variant: "go".into(),
            toolchain: "1.27.3".into(),
            case: "work".into(),
            params: BTreeMap::new(),
            copy: 0,
        }
    }

    /// Ten blocks of one cell.
    fn plan(budget_ns: u64) -> ExperimentPlan {
        ExperimentPlan {
            name: "x".into(),
            cells: vec![Cell {
                key: key(),
                kind: CellKind::LookUp,
                timeout_ns: SECOND,
                blocks: Blocks::Adaptive,
                metrics: BTreeMap::new(),
            }],
            min_blocks: 6,
            max_blocks: 10,
            precision: 0.05,
            budget_ns,
        }
    }

    fn invocation(block: u32) -> Invocation {
        Invocation {
            format: INVOCATION_FORMAT,
            id: InvocationId(block.to_string()),
            cell: key(),
            block,
            slot: 0,
            attempt: 0,
            seed: 0,
            env_pad: 0,
            layout: 0,
            started: String::new(),
            wall_ns: SECOND,
            overhead_ns: SECOND,
            harness_cpu_ns: 0,
            end: RunEnd::Exited { code: 0 },
            probe: ProbeEnd::Complete,
            usage: Usage::default(),
            noise: NoiseDelta::default(),
            disturbed: None,
            records: Vec::new(),
            samples: Vec::new(),
            warnings: Vec::new(),
            stderr_tail: String::new(),
        }
    }

    #[test]
    fn what_an_earlier_session_did_counts_with_what_it_took() {
        let history: Vec<Invocation> = (0..4).map(invocation).collect();
        for (budget, left) in [(600, "at most 12.0 s left"), (10, "at most 2.00 s left")] {
            let plan = plan(budget * SECOND);
            let resumed = Pace::new(&plan, &history);
            assert_eq!(resumed.left(), left);
            let mut whole = Pace::new(&plan, &[]);
            history.iter().for_each(|i| whole.count(i));
            assert_eq!(whole.left(), left);
        }
    }

    #[test]
    fn cells_with_a_fixed_number_of_blocks_come_on_top_of_the_budget() {
        let mut plan = plan(10 * SECOND);
        let mut fixed = key();
        fixed.case = "fixed".into();
        plan.cells.push(Cell {
            key: fixed.clone(),
            kind: CellKind::LookUp,
            timeout_ns: SECOND,
            blocks: Blocks::Fixed(3),
            metrics: BTreeMap::new(),
        });
        assert_eq!(plan.cost(), "at most 10.0 s and 3 invocations on top");
        let mut pace = Pace::new(&plan, &[]);
        assert_eq!(pace.left(), "9 invocations at least");
        (0..4).for_each(|block| pace.count(&invocation(block)));
        pace.count(&Invocation {
            cell: fixed,
            wall_ns: 4 * SECOND,
            ..invocation(4)
        });
        // 10 s less four times 2 s, and two of 5 s each.
        assert_eq!(pace.left(), "at most 12.0 s left");
    }
}

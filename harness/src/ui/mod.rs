//! The engine's events to a person: progress with the time left, and nothing at all while a child is measured.
//!
//! Events arrive between invocations only, and each draws at once and is done: there is no thread that ticks.

use std::io::{self, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Event;
use crate::plan::ExperimentPlan;
use crate::record::Invocation;
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
    done: u64,
    spent_ns: u64,
    at_least: u64,
    at_most: u64,
    budget_ns: u64,
}

impl Pace {
    fn new(plan: &ExperimentPlan, resumed: usize) -> Pace {
        Pace {
            done: resumed as u64,
            spent_ns: 0,
            at_least: plan.min_invocations(),
            at_most: plan.max_invocations(),
            budget_ns: plan.budget_ns,
        }
    }

    fn count(&mut self, invocation: &Invocation) {
        self.done += 1;
        self.spent_ns += invocation.wall_ns + invocation.overhead_ns;
    }

    /// The most that may be left: all blocks at the pace so far, or the rest of the budget.
    fn left(&self) -> String {
        let by_budget = self.budget_ns.saturating_sub(self.spent_ns);
        let each = self.spent_ns.checked_div(self.done).unwrap_or(0);
        let by_blocks = self.at_most.saturating_sub(self.done).saturating_mul(each);
        let left = if each == 0 {
            by_budget
        } else {
            by_budget.min(by_blocks)
        };
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
            Event::Started { plan, resumed } => self.pace = Pace::new(plan, *resumed),
            Event::Starting { cell, .. } => {
                let Pace { done, at_least, .. } = self.pace;
                let total = at_least.max(done + 1);
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
            Event::Started { plan, resumed } => {
                self.pace = Pace::new(plan, *resumed);
                let resumed = if *resumed == 0 {
                    String::new()
                } else {
                    format!(", {resumed} invocations done before")
                };
                self.note(&format!(
                    "{}: {} cells, at most {}{resumed}",
                    plan.name,
                    plan.cells.len(),
                    Unit::Nanosecond.show(plan.budget_ns as f64)
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

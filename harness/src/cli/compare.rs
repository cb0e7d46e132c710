//! `harness compare`, and the gate of `harness run --baseline`.

use std::collections::BTreeSet;
use std::path::Path;

use super::args::GateFormat;
use super::context::Context;
use super::derive;
use super::exit::Exit;
use crate::compare::{self, Gate, Margin, Outcome, Side};
use crate::plan::Plan;
use crate::record::{CellKey, HostFacts, Invocation, RunFile};
use crate::report::{gate_json, gate_markdown};
use crate::spec::Experiment;
use crate::store::RunDir;

/// A run with everything that a comparison needs of it.
#[derive(Debug)]
pub struct Loaded {
    run: RunFile,
    experiments: Vec<Experiment>,
    invocations: Vec<Invocation>,
}

impl Loaded {
    /// Reads the run in `path`.
    pub fn read(context: &Context, path: &Path) -> anyhow::Result<Loaded> {
        let dir = RunDir::open(path)?;
        let journal = dir.journal()?;
        if let Some(torn) = &journal.torn {
            context.warn(&format!(
                "line {} of the journal of {} is torn and left out",
                torn.line,
                path.display()
            ));
        }
        let run = dir.run().clone();
        Ok(Loaded {
            experiments: derive::kept_definitions(path, &run, &context.sources())?,
            invocations: journal.invocations,
            run,
        })
    }

    fn side(&self) -> Side<'_> {
        Side {
            run: &self.run,
            experiments: &self.experiments,
            invocations: &self.invocations,
        }
    }
}

/// How to compare and to tell of it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Equivalence margin.
    pub margin: Margin,
    /// Form of the output.
    pub format: GateFormat,
    /// Whether something open is a failure.
    pub strict: bool,
    /// Whether to list what is the same.
    pub verbose: bool,
}

/// Compares the run in `b` with the run in `a` and prints what changed.
pub fn compare(context: &Context, a: &Path, b: &Path, options: Options) -> anyhow::Result<Exit> {
    let (a, b) = (Loaded::read(context, a)?, Loaded::read(context, b)?);
    let gate = compare::compare(a.side(), b.side(), options.margin);
    print(context, &gate, options)?;
    Ok(exit(&gate, options.strict))
}

fn print(context: &Context, gate: &Gate, options: Options) -> anyhow::Result<()> {
    let text = match options.format {
        GateFormat::Text => context.terminal(Path::new("")).gate(gate, options.verbose),
        GateFormat::Md => gate_markdown(gate),
        GateFormat::Json => gate_json(gate)?,
    };
    Ok(context.print(&text)?)
}

fn exit(gate: &Gate, strict: bool) -> Exit {
    match gate.outcome() {
        Outcome::Incomparable => Exit::Incomparable,
        Outcome::Worse => Exit::Changed,
        Outcome::Open if strict => Exit::Inconclusive,
        Outcome::Open | Outcome::Same => Exit::Fine,
    }
}

/// The run that a new one is held against.
#[derive(Debug)]
pub struct Baseline {
    loaded: Loaded,
    margin: Margin,
}

impl Baseline {
    /// Reads the run in `path`.
    pub fn read(context: &Context, path: &Path, margin: Margin) -> anyhow::Result<Baseline> {
        Ok(Baseline {
            loaded: Loaded::read(context, path)?,
            margin,
        })
    }

    /// Why a run of `plan` on `host` could not be compared with this one: known before anything is measured.
    pub fn refusals(&self, host: &HostFacts, plan: &Plan) -> Vec<String> {
        let mut refusals = compare::refusals(&self.loaded.run.host, host);
        let measured: BTreeSet<&CellKey> = self
            .loaded
            .invocations
            .iter()
            .map(|i| &i.cell)
            .filter(|cell| compare::is_measured(cell))
            .collect();
        let has_common = plan
            .experiments
            .iter()
            .flat_map(|e| &e.cells)
            .any(|cell| measured.contains(&cell.key));
        if !has_common {
            refusals.push(format!(
                "no cell of the plan is in {} ({})",
                self.loaded.run.id,
                self.loaded.run.experiments.join(", ")
            ));
        }
        refusals
    }

    /// Compares a run that has just ended, and prints what changed.
    pub fn compare(
        &self,
        context: &Context,
        run: &RunFile,
        experiments: &[Experiment],
        invocations: &[Invocation],
        (strict, verbose): (bool, bool),
    ) -> anyhow::Result<Exit> {
        let side = Side {
            run,
            experiments,
            invocations,
        };
        let gate = compare::compare(self.loaded.side(), side, self.margin);
        let options = Options {
            margin: self.margin,
            format: GateFormat::Text,
            strict,
            verbose,
        };
        context.print("\n")?;
        print(context, &gate, options)?;
        Ok(exit(&gate, strict))
    }
}

//! `harness report`: everything derived again from a journal, with the definitions as they are now.

use std::path::Path;

use super::context::Context;
use super::derive::{self, Derived};
use super::exit::Exit;
use crate::spec::Experiment;
use crate::store::RunDir;

/// Writes the report of the run in `path` into `out` (the run's own folder by default) and prints it.
pub fn report(context: &Context, path: &Path, out: Option<&Path>) -> anyhow::Result<Exit> {
    let dir = RunDir::open(path)?;
    let run = dir.run();
    let journal = dir.journal()?;
    if let Some(torn) = &journal.torn {
        context.warn(&format!(
            "line {} of the journal is torn and left out",
            torn.line
        ));
    }
    let all = context.experiments()?;
    let experiments: Vec<Experiment> = run
        .experiments
        .iter()
        .map(|name| {
            all.iter().find(|e| e.name == *name).cloned().ok_or_else(|| {
                anyhow::anyhow!(
                    "the run has an experiment `{name}` that the project no longer has; `harness verify` uses the run's own definitions"
                )
            })
        })
        .collect::<anyhow::Result<_>>()?;
    for experiment in &experiments {
        let now = super::digest(&experiment.file)?;
        if run
            .definitions
            .get(&experiment.name)
            .is_some_and(|then| *then != now)
        {
            context.warn(&format!(
                "{} was changed after this run; the report follows the new definition",
                experiment.file.display()
            ));
        }
    }
    let stops = derive::read_stops(path)?;
    let plan = match derive::kept_definitions(path, run, &context.sources()) {
        Ok(kept) => derive::planned(run, &kept)?,
        Err(error) => {
            context.warn(&format!(
                "how many blocks each cell was to have is taken from the definitions as they are now: {error:#}"
            ));
            derive::planned(run, &experiments)?
        }
    };
    let derived = Derived::from_journal(run, &plan, experiments, &journal.invocations);
    let view = derived.view(run, &journal.invocations, &stops);
    let folder = out.unwrap_or(path);
    std::fs::create_dir_all(folder)?;
    derive::write_files(folder, &view)?;
    context.print(&context.terminal(folder).render(&view))?;
    Ok(Exit::Fine)
}

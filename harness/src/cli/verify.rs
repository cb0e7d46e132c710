//! `harness verify`: verdicts derived again from the journal must be those that the run wrote down.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use super::context::Context;
use super::derive::{self, Derived};
use super::exit::Exit;
use crate::record::Verdict;
use crate::report::VERDICTS_FORMAT;
use crate::store::RunDir;

#[derive(Deserialize)]
struct VerdictsFile {
    format: u32,
    verdicts: Vec<Verdict>,
}

/// The verdicts that the run in `path` wrote down.
///
/// # Errors
/// A file that is not there, or that another version wrote.
pub(super) fn read_verdicts(path: &Path) -> anyhow::Result<Vec<Verdict>> {
    let file = path.join("verdicts.json");
    let bytes = fs::read(&file).with_context(|| {
        format!(
            "cannot read {}; `harness report` makes it from the journal",
            file.display()
        )
    })?;
    let written: VerdictsFile = serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is not what this harness writes", file.display()))?;
    anyhow::ensure!(
        written.format == VERDICTS_FORMAT,
        "{} has format {}, this harness reads format {VERDICTS_FORMAT}",
        file.display(),
        written.format
    );
    Ok(written.verdicts)
}

/// Compares `verdicts.json` of the run in `path` with what its journal and its own definitions give.
pub fn verify(context: &Context, path: &Path) -> anyhow::Result<Exit> {
    let dir = RunDir::open(path)?;
    let written = read_verdicts(path)?;
    let run = dir.run();
    for (name, then) in &run.definitions {
        let kept = path.join(derive::DEFINITIONS).join(format!("{name}.toml"));
        anyhow::ensure!(
            super::digest(&kept)? == *then,
            "{} is not the definition that the run was begun with",
            kept.display()
        );
    }
    let experiments = derive::kept_definitions(path, run, &context.sources())?;
    let journal = dir.journal()?;
    let plan = derive::planned(run, &experiments)?;
    let derived = Derived::from_journal(run, &plan, experiments, &journal.invocations);
    let mut differences = Vec::new();
    for verdict in &derived.verdicts {
        match written.iter().find(|v| v.claim == verdict.claim) {
            None => differences.push(format!("{}: not in verdicts.json", verdict.claim)),
            Some(then) if then != verdict => differences.push(format!(
                "{}: written {} ({}), derived {} ({})",
                verdict.claim, then.kind, then.reason, verdict.kind, verdict.reason
            )),
            Some(_) => {}
        }
    }
    for then in &written {
        if !derived.verdicts.iter().any(|v| v.claim == then.claim) {
            differences.push(format!(
                "{}: written {}, not derived",
                then.claim, then.kind
            ));
        }
    }
    if differences.is_empty() {
        context.print(&format!(
            "{}: {} verdicts follow from {} invocations\n",
            run.id,
            derived.verdicts.len(),
            journal.invocations.len()
        ))?;
        Ok(Exit::Fine)
    } else {
        context.print(&format!("{}\n", differences.join("\n")))?;
        Ok(Exit::Changed)
    }
}

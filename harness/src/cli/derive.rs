//! From the journal to everything that follows from it. `run`, `report` and `verify` share it, so that none of them can
//! know more than the journal says.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::analysis::{Analyst, checks, controls};
use crate::plan::{Plan, expand_again};
use crate::record::{CellStop, Control, Estimate, Invocation, RunFile, Verdict};
use crate::report::{self, Inputs, ReportView};
use crate::spec::{Experiment, Sources, load_text};
use crate::store::{write_atomic, write_derived};
use crate::verdict::{Draft, Fitness, draft, settle};

/// Folder of a run that holds the definitions it was judged by.
pub const DEFINITIONS: &str = "definitions";

/// File of a run that says why each cell stopped.
const STOPS: &str = "stops.json";

/// Version of `stops.json`.
const STOPS_FORMAT: u32 = 1;

/// Everything that the journal of a run comes to.
#[derive(Debug)]
pub struct Derived {
    /// Definitions, in the order of the run.
    pub experiments: Vec<Experiment>,
    /// Estimates of all experiments.
    pub estimates: Vec<Estimate>,
    /// Verdicts on the claims that were asked for.
    pub verdicts: Vec<Verdict>,
    /// Controls of all experiments.
    pub controls: Vec<Control>,
}

impl Derived {
    /// Derives it. `plan` is that of the run.
    pub fn from_journal(
        run: &RunFile,
        plan: &Plan,
        experiments: Vec<Experiment>,
        invocations: &[Invocation],
    ) -> Derived {
        let mut derived = Derived {
            experiments: Vec::new(),
            estimates: Vec::new(),
            verdicts: Vec::new(),
            controls: Vec::new(),
        };
        let mut drafts: Vec<Draft> = Vec::new();
        for experiment in &experiments {
            let analyst = Analyst::new(experiment, plan.cells(&experiment.name), invocations);
            let fitness = Fitness {
                controls: controls::controls(&analyst),
                mismatches: checks::mismatches(&analyst),
            };
            let only = run.only_claims.get(&experiment.name);
            let asked_for = draft(&analyst, &fitness)
                .into_iter()
                .filter(|draft| only.is_none_or(|ids| ids.contains(&draft.claim)));
            drafts.extend(asked_for);
            derived.estimates.extend(analyst.all());
            derived.controls.extend(fitness.controls);
        }
        derived.verdicts = settle(drafts);
        derived.experiments = experiments;
        derived
    }

    /// The view that all reports are made from.
    pub fn view<'a>(
        &'a self,
        run: &'a RunFile,
        invocations: &'a [Invocation],
        stops: &'a [CellStop],
    ) -> ReportView<'a> {
        ReportView::build(Inputs {
            run,
            experiments: &self.experiments,
            invocations,
            estimates: &self.estimates,
            verdicts: &self.verdicts,
            controls: &self.controls,
            stops,
        })
    }
}

/// Writes reports, tables and charts into `folder`. Each file appears whole or not at all.
pub fn write_files(folder: &Path, view: &ReportView<'_>) -> anyhow::Result<()> {
    for exporter in report::standard() {
        write_derived(&folder.join(exporter.name()), |out| {
            exporter.write(view, out)
        })?;
    }
    for (file, svg) in report::chart_files(view) {
        let path = folder.join(file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot create {}", parent.display()))?;
        }
        write_derived(&path, |out| out.write_all(svg.as_bytes()))?;
    }
    Ok(())
}

/// Copies the definitions of a run into its folder.
pub fn keep_definitions(folder: &Path, experiments: &[&Experiment]) -> anyhow::Result<()> {
    let kept = folder.join(DEFINITIONS);
    fs::create_dir_all(&kept).with_context(|| format!("cannot create {}", kept.display()))?;
    for experiment in experiments {
        let text = fs::read(&experiment.file)
            .with_context(|| format!("cannot read {}", experiment.file.display()))?;
        write_atomic(&kept.join(format!("{}.toml", experiment.name)), &text)?;
    }
    Ok(())
}

/// Loads the definitions that a run was judged by.
pub fn kept_definitions(
    folder: &Path,
    run: &RunFile,
    sources: &Sources,
) -> anyhow::Result<Vec<Experiment>> {
    run.experiments
        .iter()
        .map(|name| {
            let file: PathBuf = folder.join(DEFINITIONS).join(format!("{name}.toml"));
            let text = fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            load_text(&file, &text, sources).map_err(|problems| {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                anyhow::anyhow!(lines.join("\n"))
            })
        })
        .collect()
}

/// The plan of a run by the definitions that it kept.
///
/// # Errors
/// Another harness wrote the run.
pub fn planned(run: &RunFile, kept: &[Experiment]) -> anyhow::Result<Plan> {
    let kept: Vec<&Experiment> = kept.iter().collect();
    Ok(expand_again(&kept, run)?)
}

#[derive(Serialize, Deserialize)]
struct StopsFile {
    format: u32,
    stops: Vec<CellStop>,
}

/// Writes why each cell stopped. Not derived: only the run that stopped them knows whether it was the user.
pub fn write_stops(folder: &Path, stops: &[CellStop]) -> anyhow::Result<()> {
    let file = StopsFile {
        format: STOPS_FORMAT,
        stops: stops.to_vec(),
    };
    write_atomic(&folder.join(STOPS), &serde_json::to_vec_pretty(&file)?)?;
    Ok(())
}

/// Reads why each cell stopped; empty for a run that was killed.
///
/// # Errors
/// A file that cannot be read, or that a newer harness wrote.
pub fn read_stops(folder: &Path) -> anyhow::Result<Vec<CellStop>> {
    let path = folder.join(STOPS);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let file: StopsFile = serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is not what this harness writes", path.display()))?;
    anyhow::ensure!(
        file.format <= STOPS_FORMAT,
        "{} has format {}, this harness reads up to format {STOPS_FORMAT}: use a newer harness",
        path.display(),
        file.format
    );
    Ok(file.stops)
}

//! Definitions and the user's choices to a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::{Blocks, Cell, CellKind, ExperimentPlan, Plan};
use crate::record::{CellKey, RunFile};
use crate::spec::{
    CONTROL_VARIANT, Experiment, Judge, Language, MatrixEntry, Measure, Profile, Selector, Variant,
};
use crate::units::Unit;

/// Steps of one sample of the positive control. About 0.2 ms, four orders above the clock's cost.
const CONTROL_OPS: u64 = 100_000;

/// Samples of one invocation of the positive control: 50 ms, so that a burst of somebody else's work does not decide it.
const CONTROL_SAMPLES: u32 = 250;

/// The known slow-down of the positive control in percent.
const CONTROL_EXTRA_PERCENT: &str = "10";

/// How often a tool is asked: it must say the same again.
const TOOL_BLOCKS: u32 = 2;

/// What the user chose.
#[derive(Clone, Debug)]
pub struct Options {
    /// How thorough.
    pub profile: Profile,
    /// Everything random follows from it.
    pub seed: u64,
    /// Go releases, oldest first, e.g. `1.27.3`.
    pub go_versions: Vec<String>,
    /// Parameter values in place of the definition's.
    pub overrides: BTreeMap<String, Vec<String>>,
    /// Time budget of the whole run in nanoseconds.
    pub budget_ns: Option<u64>,
    /// Claims by experiment, where only these were asked for; an experiment that is absent is run whole.
    pub only_claims: BTreeMap<String, BTreeSet<String>>,
    /// Whether the positive control is planned.
    pub control: bool,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// `--set` names a parameter that no selected experiment has.
    #[error("no selected experiment has a parameter `{name}` (they have: {known})")]
    UnknownParam {
        /// The user's word.
        name: String,
        /// What there is.
        known: String,
    },
    /// Nothing is left to run.
    #[error("nothing to run: {0}")]
    Empty(String),
}

/// Makes the plan.
///
/// # Errors
/// [`PlanError::UnknownParam`] for an override that fits nothing, [`PlanError::Empty`] where no cell is left.
pub fn expand(experiments: &[&Experiment], options: &Options) -> Result<Plan, PlanError> {
    for name in options.overrides.keys() {
        if !experiments.iter().any(|e| e.params.contains_key(name)) {
            let known: BTreeSet<&str> = experiments
                .iter()
                .flat_map(|e| e.params.keys().map(String::as_str))
                .collect();
            return Err(PlanError::UnknownParam {
                name: name.clone(),
                known: known.into_iter().collect::<Vec<_>>().join(", "),
            });
        }
    }
    let plan = lay_out(experiments, options);
    if plan.experiments.is_empty() {
        return Err(PlanError::Empty(
            "no cell of the selected experiments is in this profile and can be built here"
                .to_owned(),
        ));
    }
    Ok(plan)
}

/// A stored run whose profile this harness does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("run.json names an unknown profile `{0}`")]
pub struct UnknownProfile(pub String);

/// The plan of a run as it was begun, cells of programs that could not be built included. `experiments` are the definitions
/// that it kept.
///
/// # Errors
/// [`UnknownProfile`] where another harness wrote the run.
pub fn expand_again(experiments: &[&Experiment], run: &RunFile) -> Result<Plan, UnknownProfile> {
    let profile = [Profile::Quick, Profile::Standard, Profile::Thorough]
        .into_iter()
        .find(|profile| profile.word() == run.profile)
        .ok_or_else(|| UnknownProfile(run.profile.clone()))?;
    let options = Options {
        profile,
        seed: run.seed,
        go_versions: run.go_versions.clone(),
        overrides: run.overrides.clone(),
        budget_ns: run.budget_ns,
        only_claims: run.only_claims.clone(),
        control: run.control,
    };
    Ok(lay_out(experiments, &options))
}

fn lay_out(experiments: &[&Experiment], options: &Options) -> Plan {
    let mut plans = Vec::new();
    for experiment in experiments {
        let cells = cells(experiment, options);
        if cells.iter().all(|c| c.key.variant == CONTROL_VARIANT) {
            continue;
        }
        let (min_blocks, max_blocks, budget_ns) = rules(experiment, options.profile);
        // The definition's budget is meant for one Go release.
        let budget_ns = budget_ns.saturating_mul(options.go_versions.len().max(1) as u64);
        plans.push(ExperimentPlan {
            name: experiment.name.clone(),
            cells,
            min_blocks,
            max_blocks,
            precision: experiment.run.precision,
            budget_ns,
        });
    }
    let mut plan = Plan {
        seed: options.seed,
        profile: options.profile,
        experiments: plans,
    };
    if let Some(total_ns) = options.budget_ns {
        plan.share_budget(total_ns, experiments);
    }
    plan
}

/// Blocks and budget of a profile. Quick is a look: the fewest blocks by which the A/A control can be judged, a quarter of the time.
fn rules(experiment: &Experiment, profile: Profile) -> (u32, u32, u64) {
    let run = &experiment.run;
    match profile {
        Profile::Quick => (
            run.min_blocks.min(6),
            run.min_blocks.min(8),
            run.budget_ns / 4,
        ),
        Profile::Standard => (run.min_blocks, run.max_blocks, run.budget_ns),
        Profile::Thorough => (
            run.min_blocks.saturating_mul(2),
            run.max_blocks.saturating_mul(4),
            run.budget_ns.saturating_mul(10),
        ),
    }
}

fn cells(experiment: &Experiment, options: &Options) -> Vec<Cell> {
    let only = options.only_claims.get(&experiment.name);
    let wanted: Option<Vec<&Selector>> = only.map(|ids| {
        experiment
            .claims
            .iter()
            .filter(|c| ids.contains(&c.id))
            .flat_map(|c| {
                selectors(&c.judge)
                    .into_iter()
                    .chain(c.instead.iter().flat_map(|i| selectors(&i.judge)))
            })
            .collect()
    });
    let is_wanted = |key: &CellKey| {
        wanted
            .as_ref()
            .is_none_or(|w| w.iter().any(|s| s.matches(key)))
    };
    let metrics: BTreeMap<String, Unit> = experiment
        .metrics
        .iter()
        .map(|(name, m)| (name.clone(), m.unit))
        .collect();
    let mut cells: Vec<Cell> = Vec::new();
    let mut twin = None;
    for entry in experiment
        .matrix
        .iter()
        .filter(|e| e.from <= options.profile)
    {
        let entry = with_overrides(entry, &options.overrides);
        for name in &entry.variants {
            let Some(variant) = experiment.variants.iter().find(|v| v.name == *name) else {
                continue;
            };
            for toolchain in toolchains(variant, &options.go_versions) {
                for key in experiment.cells_of(&entry, name, &toolchain) {
                    if !is_wanted(&key) || cells.iter().any(|c| c.key == key) {
                        continue;
                    }
                    let cell = program_cell(experiment, variant, &entry, key, &metrics);
                    // The twin belongs to the newest release: that is the one a reader asks about.
                    if entry.control
                        && twin.as_ref().is_none_or(|t: &Cell| {
                            t.key.variant == cell.key.variant
                                && t.key.toolchain != cell.key.toolchain
                        })
                    {
                        twin = Some(Cell {
                            key: cell.key.with_copy(1),
                            ..cell.clone()
                        });
                    }
                    cells.push(cell);
                }
            }
        }
    }
    // A run of single claims may leave out the control's entry; any adaptive cell can serve.
    let twin = twin.or_else(|| {
        cells.iter().find(|c| c.is_adaptive()).map(|c| Cell {
            key: c.key.with_copy(1),
            ..c.clone()
        })
    });
    let mut look_up = |key: Option<CellKey>, blocks| {
        cells.extend(key.filter(&is_wanted).map(|key| Cell {
            key,
            kind: CellKind::LookUp,
            timeout_ns: experiment.run.timeout_ns,
            blocks: Blocks::Fixed(blocks),
            metrics: BTreeMap::new(),
        }));
    };
    for version in &options.go_versions {
        look_up(experiment.source_cell(version), 1);
        look_up(experiment.go_tool_cell(version), TOOL_BLOCKS);
    }
    look_up(experiment.rust_tool_cell(), TOOL_BLOCKS);
    if options.control && cells.iter().any(Cell::is_adaptive) {
        cells.extend(control_pair(&experiment.name, experiment.run.timeout_ns));
    }
    cells.extend(twin);
    cells
}

/// The positive control's two cells: the plain one and the one that is known to take 10 % longer.
pub fn control_pair(experiment: &str, timeout_ns: u64) -> [Cell; 2] {
    ["0", CONTROL_EXTRA_PERCENT].map(|extra| {
        let params = BTreeMap::from([("extra-percent".to_owned(), extra.to_owned())]);
        Cell {
            key: CellKey {
                experiment: experiment.to_owned(),
                variant: CONTROL_VARIANT.into(),
                toolchain: String::new(),
                case: "spin".into(),
                params,
                copy: 0,
            },
            kind: CellKind::Program {
                args: vec![
                    "--case=spin".into(),
                    format!("--ops={CONTROL_OPS}"),
                    format!("--samples={CONTROL_SAMPLES}"),
                    format!("--extra-percent={extra}"),
                ],
                env: BTreeMap::new(),
                program: "selftest".into(),
            },
            timeout_ns,
            blocks: Blocks::Adaptive,
            metrics: BTreeMap::from([("spin".to_owned(), Unit::Nanosecond)]),
        }
    })
}

fn selectors(judge: &Judge) -> Vec<&Selector> {
    judge
        .figures()
        .iter()
        .flat_map(|f| std::iter::once(&f.of).chain(&f.versus))
        .map(|m: &Measure| &m.select)
        .chain(judge.outcomes().iter().map(|o| &o.select))
        .collect()
}

fn with_overrides(entry: &MatrixEntry, overrides: &BTreeMap<String, Vec<String>>) -> MatrixEntry {
    let mut entry = entry.clone();
    for (name, values) in &mut entry.params {
        if let Some(new) = overrides.get(name) {
            values.clone_from(new);
        }
    }
    entry
}

/// The releases that build a variant; one nameless toolchain for Rust.
fn toolchains(variant: &Variant, go_versions: &[String]) -> Vec<String> {
    match variant.language {
        Language::Rust => vec![String::new()],
        Language::Go => go_versions
            .iter()
            .filter(|v| {
                variant
                    .go_min
                    .is_none_or(|min| release(v).is_none_or(|r| r >= min))
            })
            .cloned()
            .collect(),
    }
}

fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn program_cell(
    experiment: &Experiment,
    variant: &Variant,
    entry: &MatrixEntry,
    key: CellKey,
    metrics: &BTreeMap<String, Unit>,
) -> Cell {
    let mut args = vec![format!("--case={}", key.case)];
    args.extend(variant.args.iter().cloned());
    let mut env = experiment.run.env.clone();
    env.extend(variant.env.clone());
    for (name, value) in &key.params {
        match experiment.params.get(name) {
            Some(param) => match &param.env {
                Some(variable) if param.unset.as_ref() == Some(value) => {
                    env.remove(variable);
                }
                Some(variable) => {
                    env.insert(variable.clone(), value.clone());
                }
                None => args.push(format!("--{name}={value}")),
            },
            None => args.push(format!("--{name}={value}")),
        }
    }
    Cell {
        key,
        kind: CellKind::Program {
            args,
            env,
            program: variant.program.clone(),
        },
        timeout_ns: entry.timeout_ns.unwrap_or(experiment.run.timeout_ns),
        blocks: entry.blocks.map_or(Blocks::Adaptive, Blocks::Fixed),
        metrics: metrics.clone(),
    }
}

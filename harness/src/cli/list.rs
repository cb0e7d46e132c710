//! `harness list`: what there is, what it costs, and how much of the article it covers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use serde::Serialize;

use super::args::ListArgs;
use super::context::Context;
use super::coverage::coverage;
use super::exit::Exit;
use super::names::{Selection, question, questions_of};
use crate::plan::{self, ExperimentPlan, Options};
use crate::spec::{Claim, Experiment, Judge, Profile};
use crate::toolchain::DEFAULT_RELEASE;
use crate::units::Unit;

/// Version of the output of `list --json`.
const LIST_FORMAT: u32 = 1;

/// Columns from which on the overview's figures need not be broken.
const ROOMY: u16 = 90;

const PROFILES: [Profile; 3] = [Profile::Quick, Profile::Standard, Profile::Thorough];

/// Prints experiments, claims or coverage.
pub fn list(context: &Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let experiments = context.experiments()?;
    let selection = if args.names.is_empty() {
        Selection::all(&experiments)
    } else {
        Selection::resolve(&args.names, &experiments)?
    };
    let chosen: Vec<Chosen<'_>> = experiments
        .iter()
        .filter(|e| selection.experiments.contains(&e.name))
        .map(|e| Chosen::new(e, &selection))
        .collect();
    let text = if args.json {
        json(&chosen)?
    } else if args.claims {
        claims(&chosen)
    } else if args.coverage {
        let run = match &args.run {
            Some(name) => Some(context.run_folder(name)?),
            None => context.reference()?,
        };
        let questions: BTreeSet<u32> = args.names.iter().filter_map(|n| question(n)).collect();
        let ids: BTreeSet<&String> = chosen
            .iter()
            .flat_map(|one| &one.claims)
            .flat_map(|claim| std::iter::once(&claim.id).chain(&claim.also))
            .collect();
        // A question also holds what no experiment has yet.
        let is_chosen = |id: &String, of: u32| {
            args.names.is_empty() || questions.contains(&of) || ids.contains(id)
        };
        coverage(context, &experiments, &is_chosen, run.as_deref())?
    } else {
        overview(context, &chosen)
    };
    context.print(&text)?;
    Ok(Exit::Fine)
}

/// An experiment, and those of its claims that were asked for.
struct Chosen<'a> {
    experiment: &'a Experiment,
    claims: Vec<&'a Claim>,
    /// By profile, on one Go release. `None` where nothing is to be run.
    plans: [Option<ExperimentPlan>; 3],
}

impl<'a> Chosen<'a> {
    fn new(experiment: &'a Experiment, selection: &Selection) -> Chosen<'a> {
        let only = selection.only_claims.get(&experiment.name);
        let plan = |profile| {
            let options = Options {
                profile,
                seed: 0,
                go_versions: vec![DEFAULT_RELEASE.to_string()],
                overrides: BTreeMap::new(),
                budget_ns: None,
                only_claims: selection.only_claims.clone(),
                control: true,
            };
            // Without overrides the only error is that there is nothing to run.
            let plan = plan::expand(&[experiment], &options).ok()?;
            plan.experiments.into_iter().next()
        };
        Chosen {
            experiment,
            claims: experiment
                .claims
                .iter()
                .filter(|claim| only.is_none_or(|ids| ids.contains(&claim.id)))
                .collect(),
            plans: PROFILES.map(plan),
        }
    }

    fn questions(&self) -> BTreeSet<u32> {
        self.claims.iter().flat_map(|c| questions_of(c)).collect()
    }

    /// A figure of the plan of each profile.
    fn by_profile(&self, figure: impl Fn(&ExperimentPlan) -> String) -> String {
        self.plans
            .iter()
            .map(|plan| plan.as_ref().map_or("-".to_owned(), &figure))
            .collect::<Vec<_>>()
            .join("/")
    }
}

fn overview(context: &Context, chosen: &[Chosen<'_>]) -> String {
    let mut table = context.table(["experiment", "what", "asks", "claims", "cells", "budget"]);
    for one in chosen {
        let questions: Vec<String> = one.questions().iter().map(|q| format!("q{q}")).collect();
        table.add_row([
            one.experiment.name.clone(),
            one.experiment.title.clone(),
            questions.join(" "),
            one.claims.len().to_string(),
            one.by_profile(|plan| plan.cells.len().to_string()),
            one.by_profile(|plan| match plan.is_adaptive() {
                true => Unit::Nanosecond.show(plan.budget_ns as f64),
                false => "-".to_owned(),
            }),
        ]);
    }
    // Names stay whole, and so do figures where there is room; the title gives way.
    let whole: &[usize] = if context.width() >= ROOMY {
        &[0, 3, 4, 5]
    } else {
        &[0]
    };
    for index in whole {
        if let Some(column) = table.column_mut(*index) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    format!(
        "{}\n\ncells and time budget on one Go release: {}; cells with a fixed number of blocks come on top\n",
        table.trim_fmt(),
        PROFILES.map(Profile::word).join("/")
    )
}

fn claims(chosen: &[Chosen<'_>]) -> String {
    let mut text = String::new();
    for one in chosen {
        for claim in &one.claims {
            // Writing to a String can't fail.
            let _ = writeln!(
                text,
                "{}  [{}, {}, {}]  {}",
                claim.id,
                one.experiment.name,
                claim.kind.word(),
                how(&claim.judge),
                claim.says
            );
        }
    }
    text
}

/// How a claim is judged, in a few words.
fn how(judge: &Judge) -> String {
    match judge {
        Judge::Untestable { .. } => "untestable".to_owned(),
        Judge::NotRun { .. } => "not run".to_owned(),
        Judge::Tested { figures, outcomes } => figures
            .iter()
            .map(|f| format!("{} {} {}", f.of.metric, f.of.statistic, f.expect.words))
            .chain(outcomes.iter().map(|o| format!("{} = {}", o.key, o.equals)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

#[derive(Serialize)]
struct ListJson<'a> {
    format: u32,
    experiments: Vec<ExperimentJson<'a>>,
}

#[derive(Serialize)]
struct ExperimentJson<'a> {
    name: &'a str,
    title: &'a str,
    /// By profile, on one Go release; a profile without anything to run is absent.
    cost: BTreeMap<&'static str, CostJson>,
    claims: Vec<ClaimJson<'a>>,
}

#[derive(Serialize)]
struct CostJson {
    cells: usize,
    min_invocations: u64,
    max_invocations: u64,
    budget_ns: u64,
}

#[derive(Serialize)]
struct ClaimJson<'a> {
    id: &'a str,
    question: u32,
    line: u32,
    kind: &'static str,
    says: &'a str,
    also: &'a [String],
    /// `judged`, `not-run` or `untestable`.
    coverage: &'static str,
    /// What is judged, or why nothing is.
    how: String,
}

fn json(chosen: &[Chosen<'_>]) -> serde_json::Result<String> {
    let experiments = chosen
        .iter()
        .map(|one| ExperimentJson {
            name: &one.experiment.name,
            title: &one.experiment.title,
            cost: PROFILES
                .iter()
                .zip(&one.plans)
                .filter_map(|(profile, plan)| {
                    let plan = plan.as_ref()?;
                    let cost = CostJson {
                        cells: plan.cells.len(),
                        min_invocations: plan.min_invocations(),
                        max_invocations: plan.max_invocations(),
                        budget_ns: plan.budget_ns,
                    };
                    Some((profile.word(), cost))
                })
                .collect(),
            claims: one.claims.iter().map(|claim| claim_json(claim)).collect(),
        })
        .collect();
    let list = ListJson {
        format: LIST_FORMAT,
        experiments,
    };
    Ok(serde_json::to_string_pretty(&list)? + "\n")
}

fn claim_json(claim: &Claim) -> ClaimJson<'_> {
    let (coverage, how) = match &claim.judge {
        Judge::Untestable { reason } => ("untestable", reason.clone()),
        Judge::NotRun { reason } => ("not-run", reason.clone()),
        judge => ("judged", how(judge)),
    };
    ClaimJson {
        id: &claim.id,
        question: claim.question,
        line: claim.line,
        kind: claim.kind.word(),
        says: &claim.says,
        also: &claim.also,
        coverage,
        how,
    }
}

impl Context {
    /// A table as wide as the terminal, in the style of the report on it.
    pub(super) fn table<const N: usize>(&self, header: [&str; N]) -> Table {
        let mut table = Table::new();
        table
            .load_style(TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─')))
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width())
            .set_header(header);
        table
    }
}

//! `harness list`: what there is, and how much of the article it covers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table};

use super::args::ListArgs;
use super::context::Context;
use super::exit::Exit;
use super::names::Selection;
use crate::plan::{self, Options};
use crate::spec::{Claim, Experiment, Judge, Profile};
use crate::toolchain::DEFAULT_RELEASE;
use crate::units::Unit;

/// Prints experiments, claims or coverage.
pub fn list(context: &Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let experiments = context.experiments()?;
    let selection = if args.names.is_empty() {
        Selection::all(&experiments)
    } else {
        Selection::resolve(&args.names, &experiments)?
    };
    let chosen: Vec<(&Experiment, Vec<&Claim>)> = experiments
        .iter()
        .filter(|e| selection.experiments.contains(&e.name))
        .map(|e| {
            let only = selection.only_claims.get(&e.name);
            let claims = e
                .claims
                .iter()
                .filter(|c| only.is_none_or(|ids| ids.contains(&c.id)));
            (e, claims.collect())
        })
        .collect();
    let text = if args.claims {
        claims(&chosen)
    } else if args.coverage {
        coverage(context, &chosen)
    } else {
        overview(context, &chosen)
    };
    context.print(&text)?;
    Ok(Exit::Fine)
}

fn overview(context: &Context, chosen: &[(&Experiment, Vec<&Claim>)]) -> String {
    let mut table = context.table([
        "experiment",
        "what",
        "questions",
        "claims",
        "cells",
        "takes at most",
    ]);
    for (experiment, claims) in chosen {
        let questions: BTreeSet<u32> = claims.iter().map(|claim| claim.question).collect();
        let questions: Vec<String> = questions.iter().map(u32::to_string).collect();
        let options = Options {
            profile: Profile::Standard,
            seed: 0,
            go_versions: vec![DEFAULT_RELEASE.to_string()],
            overrides: BTreeMap::new(),
            budget_ns: None,
            only_claims: BTreeMap::new(),
            control: true,
        };
        let (cells, takes) = match plan::expand(&[experiment], &options) {
            Ok(plan) => (
                plan.experiments.iter().map(|e| e.cells.len()).sum(),
                plan.experiments.iter().map(|e| e.budget_ns).sum(),
            ),
            Err(_) => (0, 0),
        };
        table.add_row([
            experiment.name.clone(),
            experiment.title.clone(),
            questions.join(", "),
            claims.len().to_string(),
            cells.to_string(),
            Unit::Nanosecond.show(takes as f64),
        ]);
    }
    format!("{table}\n")
}

fn claims(chosen: &[(&Experiment, Vec<&Claim>)]) -> String {
    let mut text = String::new();
    for (experiment, claims) in chosen {
        for claim in claims {
            // Writing to a String can't fail.
            let _ = writeln!(
                text,
                "{}  [{}, {}]  {}",
                claim.id,
                experiment.name,
                how(&claim.judge),
                claim.says
            );
        }
    }
    text
}

fn coverage(context: &Context, chosen: &[(&Experiment, Vec<&Claim>)]) -> String {
    let mut by_question: BTreeMap<u32, [usize; 3]> = BTreeMap::new();
    for claim in chosen.iter().flat_map(|(_, claims)| claims) {
        let row = by_question.entry(claim.question).or_default();
        let column = match claim.judge {
            Judge::Figures(_) | Judge::Outcomes(_) => 0,
            Judge::NotRun { .. } => 1,
            Judge::Untestable { .. } => 2,
        };
        row[column] += 1 + claim.also.len();
    }
    let mut table = context.table(["question", "judged", "not run", "untestable"]);
    let mut total = [0; 3];
    for (question, row) in &by_question {
        let mut cells = vec![format!("q{question}")];
        cells.extend(row.iter().map(ToString::to_string));
        table.add_row(cells);
        for (sum, n) in total.iter_mut().zip(row) {
            *sum += n;
        }
    }
    let mut cells = vec!["all".to_owned()];
    cells.extend(total.iter().map(ToString::to_string));
    table.add_row(cells);
    format!("{table}\n")
}

fn how(judge: &Judge) -> String {
    match judge {
        Judge::Untestable { .. } => "untestable".to_owned(),
        Judge::NotRun { .. } => "not run".to_owned(),
        Judge::Figures(figures) => figures
            .iter()
            .map(|f| format!("{} {} {}", f.of.metric, f.of.statistic, f.expect.words))
            .collect::<Vec<_>>()
            .join("; "),
        Judge::Outcomes(outcomes) => outcomes
            .iter()
            .map(|o| format!("{} = {}", o.key, o.equals))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

impl Context {
    /// A table as wide as the terminal.
    pub(super) fn table<const N: usize>(&self, header: [&str; N]) -> Table {
        let mut table = Table::new();
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(self.width());
        table.set_header(header);
        table
    }
}

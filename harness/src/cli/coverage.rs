//! `harness list --coverage`: how much of the whole article is decided.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use super::context::Context;
use super::verify::read_verdicts;
use crate::record::VerdictKind;
use crate::spec::{Claim, Experiment, Judge};

/// The list of all statements of the article, below the project's root.
const STATEMENTS: &str = "harness/catalogue/statements.csv";

/// A statement of the article.
#[derive(Clone, Debug, Deserialize)]
struct Statement {
    id: String,
    question: u32,
    kind: String,
}

/// Where a statement stands. The order is that of the columns.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Decided,
    Inconclusive,
    NotRun,
    Untestable,
    Missing,
}

const COLUMNS: [(&str, Standing); 5] = [
    ("decided", Standing::Decided),
    ("inconclusive", Standing::Inconclusive),
    ("not run", Standing::NotRun),
    ("untestable", Standing::Untestable),
    ("missing", Standing::Missing),
];

/// Counts of one row.
#[derive(Clone, Copy, Default)]
struct Row {
    statements: usize,
    by_standing: [usize; COLUMNS.len()],
}

impl Row {
    fn add(&mut self, standing: Standing) {
        self.statements += 1;
        for (count, (_, column)) in self.by_standing.iter_mut().zip(COLUMNS) {
            *count += usize::from(column == standing);
        }
    }

    fn cells(&self, name: String) -> Vec<String> {
        [name, self.statements.to_string()]
            .into_iter()
            .chain(self.by_standing.iter().map(ToString::to_string))
            .collect()
    }
}

/// The table, by question and by kind. Statements that the list does not have but a definition does are counted too.
/// Verdicts are those of `run`; without one every claim that could be tested counts as not run.
///
/// # Errors
/// A list or a run that can't be read.
pub(super) fn coverage(
    context: &Context,
    experiments: &[Experiment],
    is_chosen: &dyn Fn(&String, u32) -> bool,
    run: Option<&Path>,
) -> anyhow::Result<String> {
    let verdicts: BTreeMap<String, VerdictKind> = match run {
        Some(run) => read_verdicts(run)?
            .into_iter()
            .map(|verdict| (verdict.claim, verdict.kind))
            .collect(),
        None => BTreeMap::new(),
    };
    let claims: BTreeMap<&str, &Claim> = experiments
        .iter()
        .flat_map(|experiment| &experiment.claims)
        .flat_map(|claim| {
            std::iter::once(&claim.id)
                .chain(&claim.also)
                .map(move |id| (id.as_str(), claim))
        })
        .collect();
    let statements = statements(context.project.root(), &claims)?;
    let mut by_question: BTreeMap<u32, Row> = BTreeMap::new();
    let mut by_kind: BTreeMap<String, Row> = BTreeMap::new();
    let mut all = Row::default();
    for statement in &statements {
        if !is_chosen(&statement.id, statement.question) {
            continue;
        }
        let standing = match claims.get(statement.id.as_str()) {
            Some(claim) => standing(claim, verdicts.get(&claim.id).copied()),
            None => Standing::Missing,
        };
        by_question
            .entry(statement.question)
            .or_default()
            .add(standing);
        by_kind
            .entry(statement.kind.clone())
            .or_default()
            .add(standing);
        all.add(standing);
    }
    let table = |first: &str, rows: Vec<Vec<String>>| {
        let [a, b, c, d, e] = COLUMNS.map(|(name, _)| name);
        let mut table = context.table([first, "statements", a, b, c, d, e]);
        for row in rows {
            table.add_row(row);
        }
        table.trim_fmt()
    };
    let mut questions: Vec<Vec<String>> = by_question
        .iter()
        .map(|(question, row)| row.cells(format!("q{question}")))
        .collect();
    questions.push(all.cells("all".to_owned()));
    let kinds = by_kind
        .iter()
        .map(|(kind, row)| row.cells(kind.clone()))
        .collect();
    let whose = match run {
        Some(run) => format!("verdicts of {}", run.display()),
        None => "no run was given: what can be tested counts as not run".to_owned(),
    };
    Ok(format!(
        "{}\n\n{}\n\n{whose}\n",
        table("question", questions),
        table("kind", kinds)
    ))
}

fn statements(root: &Path, claims: &BTreeMap<&str, &Claim>) -> anyhow::Result<Vec<Statement>> {
    let path = root.join(STATEMENTS);
    let mut statements: Vec<Statement> = Vec::new();
    // A project of one's own need not have the list of this article.
    if path.is_file() {
        let mut reader = csv::Reader::from_path(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        for row in reader.deserialize() {
            statements.push(row.with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    let known: BTreeSet<String> = statements.iter().map(|s| s.id.clone()).collect();
    let others = claims.iter().filter(|(id, _)| !known.contains(**id));
    statements.extend(others.map(|(id, claim)| Statement {
        id: (*id).to_owned(),
        question: super::names::question_of(id).unwrap_or(claim.question),
        kind: claim.kind.word().to_owned(),
    }));
    Ok(statements)
}

fn standing(claim: &Claim, verdict: Option<VerdictKind>) -> Standing {
    match (&claim.judge, verdict) {
        (Judge::Untestable { .. }, _) | (_, Some(VerdictKind::Untestable)) => Standing::Untestable,
        (Judge::NotRun { .. }, _) | (_, None | Some(VerdictKind::NotRun)) => Standing::NotRun,
        (_, Some(VerdictKind::Inconclusive)) => Standing::Inconclusive,
        _ => Standing::Decided,
    }
}

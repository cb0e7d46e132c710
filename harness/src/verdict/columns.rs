//! The parts of a claim by what it is judged by: releases, or variants where none of its cells has a release.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::Analyst;
use crate::record::{CellKey, Evidence, VerdictKind};
use crate::spec::{Expected, Figure, Language, Profile, Selector};

/// A figure or an outcome of a claim.
#[derive(Clone, Copy)]
pub(super) enum Tested<'a> {
    Figure(&'a Figure),
    Outcome(&'a Expected),
}

impl<'a> Tested<'a> {
    pub(super) fn reading(&self) -> Option<&'a str> {
        match self {
            Tested::Figure(figure) => figure.reading.as_deref(),
            Tested::Outcome(expected) => expected.reading.as_deref(),
        }
    }

    pub(super) fn select(&self) -> &'a Selector {
        match self {
            Tested::Figure(figure) => &figure.of.select,
            Tested::Outcome(expected) => &expected.select,
        }
    }
}

/// What one figure or outcome of a claim comes to in one cell.
pub(super) struct Part {
    pub(super) kind: VerdictKind,
    pub(super) reason: String,
    pub(super) evidence: Vec<Evidence>,
    pub(super) by_figure: bool,
    /// Chance of the refutation, were the claim true; 1 for a figure that does not refute.
    pub(super) p: Option<f64>,
}

/// A toolchain's name, ordered by version: `1.9` comes before `1.21`.
#[derive(PartialEq, Eq)]
pub(super) struct Release(pub(super) String);

impl Release {
    fn numbers(&self) -> Vec<u32> {
        self.0
            .split('.')
            .map(|part| part.parse().unwrap_or(u32::MAX))
            .collect()
    }
}

impl PartialOrd for Release {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Release {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.numbers()
            .cmp(&other.numbers())
            .then_with(|| self.0.cmp(&other.0))
    }
}

/// What a claim is judged by: the releases of its cells, or its variants where none of its cells has a release (Rust).
pub(super) enum Columns {
    Releases(BTreeSet<String>),
    Variants(BTreeSet<String>),
}

impl Columns {
    /// Those of a whole claim, with all of its readings.
    pub(super) fn of(analyst: &Analyst<'_>, parts: &[Tested<'_>]) -> Columns {
        let selected: Vec<&CellKey> = analyst
            .cells()
            .filter(|cell| parts.iter().any(|part| part.select().matches(cell)))
            .collect();
        let releases: BTreeSet<String> = selected
            .iter()
            .map(|cell| cell.toolchain.clone())
            .filter(|toolchain| !toolchain.is_empty())
            .collect();
        if releases.is_empty() {
            Columns::Variants(selected.iter().map(|cell| cell.variant.clone()).collect())
        } else {
            Columns::Releases(releases)
        }
    }

    /// The parts by column. A part belongs to each column: with its cells of that column, or with all of them where it
    /// has none there for a reason of its own (Rust has no release; a part may be about another variant). A part that
    /// found no cell at all is `not-run` everywhere.
    pub(super) fn fill(
        &self,
        analyst: &Analyst<'_>,
        parts: &[Tested<'_>],
        judge_part: impl Fn(&CellKey, &Tested<'_>) -> Part,
    ) -> BTreeMap<Release, Vec<Part>> {
        let names = match self {
            Columns::Releases(names) | Columns::Variants(names) => names,
        };
        let mut found = BTreeMap::new();
        for name in names {
            let mut column = Vec::new();
            for part in parts {
                let select = part.select();
                let cells: Vec<&CellKey> = analyst.cells().filter(|c| select.matches(c)).collect();
                let (mine, asked): (Vec<&CellKey>, Selector) = match self {
                    Columns::Releases(_) => {
                        let is_mine = |c: &&CellKey| c.toolchain == *name || c.toolchain.is_empty();
                        (cells.into_iter().filter(is_mine).collect(), select.clone())
                    }
                    Columns::Variants(_) if cells.iter().any(|c| c.variant == *name) => {
                        let of_variant = Selector {
                            variant: Some(name.clone()),
                            ..select.clone()
                        };
                        let is_mine = |c: &&CellKey| c.variant == *name;
                        (cells.into_iter().filter(is_mine).collect(), of_variant)
                    }
                    Columns::Variants(_) => (cells, select.clone()),
                };
                if mine.is_empty() {
                    column.push(Part {
                        kind: VerdictKind::NotRun,
                        reason: "a cell that it needs was not run".to_owned(),
                        evidence: Vec::new(),
                        by_figure: false,
                        p: None,
                    });
                    continue;
                }
                let release = match self {
                    Columns::Releases(_) => name.as_str(),
                    Columns::Variants(_) => "",
                };
                column.extend(mine.into_iter().map(|cell| judge_part(cell, part)));
                column.extend(left_out(analyst, &asked, release));
            }
            found.insert(Release(name.clone()), column);
        }
        found
    }
}

/// Undecided where cells were not run that the claim needs: those of the standard profile on this release. What was
/// run may refute a claim, and can't confirm it for the rest. Cells that only a thorough run has are not asked for.
fn left_out(analyst: &Analyst<'_>, select: &Selector, release: &str) -> Option<Part> {
    let experiment = analyst.experiment;
    let run: BTreeSet<&CellKey> = analyst.cells().collect();
    let mut missing = experiment
        .matrix
        .iter()
        .filter(|entry| entry.from <= Profile::Standard)
        .flat_map(|entry| {
            entry.variants.iter().flat_map(move |name| {
                let is_go = experiment
                    .variants
                    .iter()
                    .any(|v| v.name == *name && v.language == Language::Go);
                experiment.cells_of(entry, name, if is_go { release } else { "" })
            })
        })
        .filter(|cell| select.matches(cell) && !run.contains(cell));
    let first = missing.next()?;
    let others = match missing.count() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Some(Part {
        kind: VerdictKind::Inconclusive,
        reason: format!("`{first}`{others}, which it needs too, was not run"),
        evidence: Vec::new(),
        by_figure: false,
        p: None,
    })
}

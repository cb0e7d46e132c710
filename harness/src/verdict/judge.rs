//! A claim by toolchain, then over toolchains.

use std::collections::{BTreeMap, BTreeSet};

use super::place::{Place, place, widened};
use super::readings::{Read, agree};
use super::refute::{Refutation, refutation};
use super::settle::{Decision, Draft};
use crate::analysis::Analyst;
use crate::analysis::checks::Mismatch;
use crate::record::{
    CellKey, Control, Estimate, Evidence, OutcomeValue, VariantVerdict, VerdictKind, Warning,
};
use crate::spec::{
    Expectation, Expected, Figure, Judge, Language, Measure, Profile, SOURCE_CASE, Selector,
};

/// Invocations that must agree before something is said to happen always. A file is read once: it says the same again.
const MIN_AGREEING: usize = 2;

/// A difference that code layout alone can make.
const LITTLE: f64 = 1.1;

/// What is known of the run beyond its figures.
#[derive(Clone, Debug, Default)]
pub struct Fitness {
    /// The experiment's controls.
    pub controls: Vec<Control>,
    /// Cells that did not do the same work.
    pub mismatches: Vec<Mismatch>,
}

impl Fitness {
    /// The first control that failed.
    fn failed(&self) -> Option<&Control> {
        self.controls.iter().find(|control| !control.passed)
    }

    fn mismatch(&self, cell: &CellKey) -> Option<&Mismatch> {
        self.mismatches
            .iter()
            .find(|m| m.one.0 == *cell || m.other.0 == *cell)
    }
}

/// A figure or an outcome of a claim.
enum Tested<'a> {
    Figure(&'a Figure),
    Outcome(&'a Expected),
}

impl Tested<'_> {
    fn select(&self) -> &Selector {
        match self {
            Tested::Figure(figure) => &figure.of.select,
            Tested::Outcome(expected) => &expected.select,
        }
    }
}

/// What one figure or outcome of a claim comes to in one cell.
struct Part {
    kind: VerdictKind,
    reason: String,
    evidence: Vec<Evidence>,
    by_figure: bool,
    /// Chance of the refutation, were the claim true; 1 for a figure that does not refute.
    p: Option<f64>,
}

/// An experiment's claims by toolchain, in the order of its definition.
pub fn draft(analyst: &Analyst<'_>, fitness: &Fitness) -> Vec<Draft> {
    analyst
        .experiment
        .claims
        .iter()
        .map(|claim| Draft {
            claim: claim.id.clone(),
            experiment: analyst.experiment.name.clone(),
            own: decide(&claim.judge, analyst, fitness),
            instead: claim.instead.as_ref().map(|correction| {
                let decision = decide(&correction.judge, analyst, fitness);
                (correction.says.clone(), decision)
            }),
        })
        .collect()
}

fn decide(judge: &Judge, analyst: &Analyst<'_>, fitness: &Fitness) -> Decision {
    let plain = |kind, reason: &String| Decision::Plain {
        kind,
        reason: reason.clone(),
    };
    let (figures, outcomes) = match judge {
        Judge::Untestable { reason } => return plain(VerdictKind::Untestable, reason),
        Judge::NotRun { reason } => return plain(VerdictKind::NotRun, reason),
        Judge::Tested { figures, outcomes } => (figures, outcomes),
    };
    let whole: Vec<Tested<'_>> = figures
        .iter()
        .map(Tested::Figure)
        .chain(outcomes.iter().map(Tested::Outcome))
        .collect();
    let columns = Columns::of(analyst, &whole);
    let mut by_figure = false;
    let mut readings = Vec::new();
    for name in names_of_readings(figures) {
        // What belongs to no reading belongs to all.
        let tested: Vec<Tested<'_>> = figures
            .iter()
            .filter(|figure| figure.reading.is_none() || figure.reading.as_deref() == name)
            .map(Tested::Figure)
            .chain(outcomes.iter().map(Tested::Outcome))
            .collect();
        let parts = columns.fill(analyst, &tested, |cell, tested| match tested {
            Tested::Figure(figure) => figure_part(cell, figure, analyst, fitness),
            Tested::Outcome(expected) => outcome_part(cell, expected, analyst),
        });
        by_figure |= parts.values().flatten().any(|p| p.by_figure);
        readings.push(Read {
            name: name.unwrap_or_default().to_owned(),
            per_toolchain: parts
                .into_iter()
                .map(|(toolchain, parts)| combine(toolchain.0, parts))
                .collect(),
        });
    }
    let per_toolchain = agree(readings);
    if per_toolchain.is_empty() {
        return plain(VerdictKind::NotRun, &why_no_cell(judge, analyst));
    }
    Decision::Tested {
        per_toolchain,
        unfit: fitness
            .failed()
            .filter(|_| by_figure)
            .map(|control| format!("the run is unfit: {}", control.says)),
    }
}

/// The ways of reading that figures name, in their order; a single nameless one where none does.
fn names_of_readings(figures: &[Figure]) -> Vec<Option<&str>> {
    let mut names: Vec<Option<&str>> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.reading.is_some()) {
        if !names.contains(&figure.reading.as_deref()) {
            names.push(figure.reading.as_deref());
        }
    }
    if names.is_empty() {
        names.push(None);
    }
    names
}

/// Why none of the cells of a claim was run: most often the profile leaves them out.
fn why_no_cell(judge: &Judge, analyst: &Analyst<'_>) -> String {
    let figures = judge.figures().iter().map(|f| &f.of.select);
    let outcomes = judge.outcomes().iter().map(|o| &o.select);
    let selects: Vec<&Selector> = figures.chain(outcomes).collect();
    let experiment = analyst.experiment;
    let needs = experiment
        .matrix
        .iter()
        .filter(|entry| {
            entry.variants.iter().any(|variant| {
                let cells = experiment.cells_of(entry, variant, "");
                cells
                    .iter()
                    .any(|cell| selects.iter().any(|select| select.matches(cell)))
            })
        })
        .map(|entry| entry.from)
        .min();
    match needs {
        Some(profile) if profile > Profile::Quick => format!(
            "no cell that it needs was run; they belong to the {} profile",
            profile.word()
        ),
        _ => "no cell that it needs was run".to_owned(),
    }
}

/// A toolchain's name, ordered by version: `1.9` comes before `1.21`.
#[derive(PartialEq, Eq)]
struct Release(String);

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
enum Columns {
    Releases(BTreeSet<String>),
    Variants(BTreeSet<String>),
}

impl Columns {
    /// Those of a whole claim, with all of its readings.
    fn of(analyst: &Analyst<'_>, parts: &[Tested<'_>]) -> Columns {
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
    fn fill(
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

fn figure_part(cell: &CellKey, figure: &Figure, analyst: &Analyst<'_>, fitness: &Fitness) -> Part {
    let part = |kind, reason: String, evidence| Part {
        kind,
        reason,
        evidence,
        by_figure: true,
        p: Some(1.0),
    };
    let what = describe(figure, analyst);
    let counterpart = figure
        .versus
        .as_ref()
        .and_then(|versus| versus.select.counterpart(cell, analyst.cells()));
    let mismatch = std::iter::once(cell)
        .chain(counterpart)
        .find_map(|touched| fitness.mismatch(touched));
    if let Some(mismatch) = mismatch {
        return part(
            VerdictKind::Inconclusive,
            format!(
                "the two sides did not do the same work: `{}` gave {}, `{}` gave {}",
                mismatch.one.0, mismatch.one.1, mismatch.other.0, mismatch.other.1
            ),
            Vec::new(),
        );
    }
    let Some(estimate) = analyst.measure(cell, &figure.of, figure.versus.as_ref()) else {
        let reason = match analyst.absent_reason(cell, &figure.of.metric) {
            Some(absent) => format!("{what} is absent: {absent}"),
            None if analyst.ledger.failed(cell) > 0 => {
                format!("every invocation of `{cell}` failed")
            }
            None if is_ratio_of_nothing(analyst, cell, figure) => {
                let reason = format!("{what} is 0 in some block, which has no ratio (`{cell}`)");
                return part(VerdictKind::Inconclusive, reason, Vec::new());
            }
            None => format!("`{cell}` has no {what}"),
        };
        return part(VerdictKind::NotRun, reason, Vec::new());
    };
    let shows = format!("{what} is {}", estimate.in_words());
    let evidence = vec![Evidence {
        id: estimate.id.clone(),
        shows: shows.clone(),
    }];
    let stated = &figure.expect.words;
    let unjudged = estimate.warnings.iter().find(|w| {
        matches!(
            w,
            Warning::PercentileNeedsMore { .. } | Warning::NotConstant
        )
    });
    if let Some(warning) = unjudged {
        let reason = format!("{shows}, stated: {stated}; not judged: {warning}");
        return part(VerdictKind::Inconclusive, reason, evidence);
    }
    let few_layouts = estimate
        .warnings
        .iter()
        .find(|w| matches!(w, Warning::FewLayouts { .. }));
    if let Some(warning) = few_layouts.filter(|_| hangs_on_little(&estimate, &figure.expect)) {
        let reason = format!("{shows}, stated: {stated}; not judged: {warning}");
        return part(VerdictKind::Inconclusive, reason, evidence);
    }
    if estimate.n < MIN_AGREEING {
        let reason = format!("{shows}, stated: {stated}; a single invocation decides nothing");
        return part(VerdictKind::Inconclusive, reason, evidence);
    }
    let (kind, reason) = match place(&estimate, &figure.expect) {
        Place::Inside => (VerdictKind::Confirmed, format!("{shows}, stated: {stated}")),
        Place::Near => (
            VerdictKind::Close,
            format!(
                "{shows}, stated: {stated}; within the tolerance of {}x",
                figure.expect.tolerance
            ),
        ),
        Place::Outside => return refuted(cell, figure, analyst, &shows, evidence),
        Place::Straddles => (
            VerdictKind::Inconclusive,
            format!("{shows}, stated: {stated}; {}", what_it_takes(&estimate)),
        ),
    };
    part(kind, format!("{reason} (`{cell}`)"), evidence)
}

/// Whether both sides of a ratio have figures, of which some can't be divided.
fn is_ratio_of_nothing(analyst: &Analyst<'_>, cell: &CellKey, figure: &Figure) -> bool {
    let Some(versus) = &figure.versus else {
        return false;
    };
    let other = versus.select.counterpart(cell, analyst.cells());
    analyst.measure(cell, &figure.of, None).is_some()
        && other.is_some_and(|other| analyst.measure(other, versus, None).is_some())
}

/// Whether a ratio and an end of its range both lie within 10 % of 1, where the place of functions in memory can decide.
fn hangs_on_little(estimate: &Estimate, expect: &Expectation) -> bool {
    let is_little = |ratio: f64| ratio > 0.0 && ratio.ln().abs() < LITTLE.ln();
    let (lo, hi) = widened(expect);
    let ends = [lo, hi, expect.lo, expect.hi];
    is_little(estimate.center) && ends.into_iter().any(is_little)
}

/// Outside of the widened range: a refutation if fresh data say so too.
fn refuted(
    cell: &CellKey,
    figure: &Figure,
    analyst: &Analyst<'_>,
    shows: &str,
    evidence: Vec<Evidence>,
) -> Part {
    let stated = &figure.expect.words;
    let (kind, says, p) = match refutation(analyst, cell, figure) {
        Refutation::Twice { first, second, p } => (
            VerdictKind::Refuted,
            format!("; {first} invocations said so, and {second} more by themselves"),
            Some(p),
        ),
        Refutation::Plain | Refutation::Never => (VerdictKind::Refuted, String::new(), None),
        Refutation::Each { p } => (VerdictKind::Refuted, String::new(), Some(p)),
        Refutation::Once { first, second: 0 } => (
            VerdictKind::Inconclusive,
            format!("; {first} invocations say so, and none was left to confirm it"),
            Some(1.0),
        ),
        Refutation::Once { first, second } => (
            VerdictKind::Inconclusive,
            format!(
                "; {first} invocations say so, and {second} more do not confirm it by themselves"
            ),
            Some(1.0),
        ),
    };
    Part {
        kind,
        reason: format!("{shows}, stated: {stated}{says} (`{cell}`)"),
        evidence,
        by_figure: true,
        p,
    }
}

fn outcome_part(cell: &CellKey, expected: &Expected, analyst: &Analyst<'_>) -> Part {
    let part = |kind, reason, evidence| Part {
        kind,
        reason,
        evidence,
        by_figure: false,
        p: None,
    };
    let seen = analyst.outcomes(cell, &expected.key);
    let Some(first) = seen.first() else {
        let reason = if analyst.ledger.failed(cell) > 0 {
            format!("every invocation of `{cell}` failed")
        } else {
            format!("`{cell}` printed no `{}`", expected.key)
        };
        return part(VerdictKind::NotRun, reason, Vec::new());
    };
    let id = format!("outcome {} @ {}: {cell}", expected.key, cell.experiment);
    if let Some(other) = seen.iter().find(|value| *value != first) {
        let shows = format!(
            "`{}` is {first} in some invocations and {other} in others",
            expected.key
        );
        let evidence = vec![Evidence {
            id,
            shows: shows.clone(),
        }];
        return part(VerdictKind::Inconclusive, shows, evidence);
    }
    let times = match seen.len() {
        1 => String::new(),
        n => format!(" in each of {n} invocations"),
    };
    let shows = format!("`{}` is {first}{times}", expected.key);
    let evidence = vec![Evidence {
        id,
        shows: shows.clone(),
    }];
    if seen.len() < MIN_AGREEING && cell.case != SOURCE_CASE {
        let reason = format!("{shows}; a single invocation decides nothing");
        return part(VerdictKind::Inconclusive, reason, evidence);
    }
    let is_gone = cell.case == SOURCE_CASE
        && *first == OutcomeValue::Text(crate::toolchain::NOT_FOUND.to_owned());
    if *first == expected.equals {
        part(VerdictKind::Confirmed, shows, evidence)
    } else if is_gone
        && expected.equals != OutcomeValue::Text(crate::toolchain::NOT_FOUND.to_owned())
    {
        // A pattern that no longer matches says that the source moved on, not that the claim is false.
        part(
            VerdictKind::NotRun,
            format!(
                "`{}` was not found in the source of this release",
                expected.key
            ),
            evidence,
        )
    } else {
        part(
            VerdictKind::Refuted,
            format!("{shows}, predicted: {}", expected.equals),
            evidence,
        )
    }
}

/// All parts must hold: the worst one is the verdict's word and reason.
fn combine(toolchain: String, parts: Vec<Part>) -> VariantVerdict {
    let rank = |kind: VerdictKind| match kind {
        VerdictKind::Refuted => 0,
        VerdictKind::NotRun => 1,
        VerdictKind::Inconclusive => 2,
        VerdictKind::Close => 3,
        _ => 4,
    };
    let worst = parts.iter().min_by_key(|part| rank(part.kind));
    let (kind, mut reason) = worst.map_or((VerdictKind::NotRun, String::new()), |part| {
        (part.kind, part.reason.clone())
    });
    // Any of several refuting figures refutes, so the chance of one among them counts.
    let figures = parts.iter().filter(|part| part.p.is_some()).count();
    let is_plain = parts
        .iter()
        .any(|part| part.kind == VerdictKind::Refuted && part.p.is_none());
    let p = parts
        .iter()
        .filter_map(|part| part.p.filter(|_| !is_plain))
        .min_by(f64::total_cmp)
        .map(|p| (p * figures as f64).min(1.0));
    let like_it = parts.iter().filter(|part| part.kind == kind).count();
    if parts.len() > 1 {
        reason = format!("{reason}; {like_it} of {} parts are {kind}", parts.len());
    }
    VariantVerdict {
        toolchain,
        kind,
        reason,
        evidence: parts.into_iter().flat_map(|part| part.evidence).collect(),
        p,
    }
}

fn describe(figure: &Figure, analyst: &Analyst<'_>) -> String {
    let named = |measure: &Measure| {
        let title = analyst
            .metric(&measure.metric)
            .map_or_else(|| measure.metric.clone(), |metric| metric.title);
        measure.statistic.of(&title)
    };
    let of = named(&figure.of);
    match &figure.versus {
        None => of,
        Some(versus) if named(versus) == of => format!("the ratio of {of}"),
        Some(versus) => format!("the ratio of {of} to {}", named(versus)),
    }
}

/// An undecided figure says what could have been seen, so that "undecided" is not read as "no difference".
fn what_it_takes(estimate: &Estimate) -> String {
    if !(estimate.lo.is_finite() && estimate.hi.is_finite()) {
        return format!("{} invocations are too few for an interval", estimate.n);
    }
    if estimate.center == 0.0 {
        return format!("{} invocations do not settle it", estimate.n);
    }
    let half = ((estimate.hi - estimate.lo) / 2.0 / estimate.center).abs() * 100.0;
    format!(
        "{} invocations resolve {half:.0} %, which does not settle it",
        estimate.n
    )
}

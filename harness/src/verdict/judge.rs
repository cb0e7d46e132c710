//! A claim by toolchain, then over toolchains.

use super::columns::{Columns, Part, Tested};
use super::held::Held;
use super::place::Place;
use super::readings::{Read, agree};
use super::refute::{Refutation, refutation};
use super::settle::{Decision, Draft};
use crate::analysis::Analyst;
use crate::analysis::checks::Mismatch;
use crate::record::{
    CellKey, Control, Estimate, Evidence, OutcomeValue, VariantVerdict, VerdictKind,
};
use crate::spec::{Expected, Figure, Judge, Measure, Profile, SOURCE_CASE, Selector};

/// Invocations that must agree before something is said to happen always. A file is read once: it says the same again.
const MIN_AGREEING: usize = 2;

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
                let decision = match correction.go_min {
                    Some(oldest) => decision.since(oldest),
                    None => decision,
                };
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
    for name in names_of_readings(&whole) {
        // What belongs to no reading belongs to all.
        let tested: Vec<Tested<'_>> = whole
            .iter()
            .copied()
            .filter(|tested| tested.reading().is_none() || tested.reading() == name)
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

/// The ways of reading that a claim names, in their order; a single nameless one where it names none.
fn names_of_readings<'a>(tested: &[Tested<'a>]) -> Vec<Option<&'a str>> {
    let mut names: Vec<Option<&str>> = Vec::new();
    for reading in tested.iter().map(Tested::reading).filter(Option::is_some) {
        if !names.contains(&reading) {
            names.push(reading);
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
    let unjudged = estimate.warnings.iter().find(|w| w.forbids_verdict());
    if let Some(warning) = unjudged {
        let reason = format!("{shows}, stated: {stated}; not judged: {warning}");
        return part(VerdictKind::Inconclusive, reason, evidence);
    }
    if estimate.n < MIN_AGREEING {
        let reason = format!("{shows}, stated: {stated}; a single invocation decides nothing");
        return part(VerdictKind::Inconclusive, reason, evidence);
    }
    let held = Held::against(&figure.expect, &estimate, analyst);
    let few_layouts = held.for_want_of_layouts.map(|warning| warning.to_string());
    let tolerance = format!("within the tolerance of {}x", figure.expect.tolerance);
    let (kind, why) = match (held.place, few_layouts) {
        (Place::Outside, _) => return refuted(cell, figure, analyst, &shows, evidence),
        (Place::Inside, _) => (VerdictKind::Confirmed, String::new()),
        (Place::Near, None) => (VerdictKind::Close, format!("; {tolerance}")),
        (Place::Near, Some(few)) => (VerdictKind::Close, format!("; {tolerance} ({few})")),
        (Place::Straddles, None) => (
            VerdictKind::Inconclusive,
            format!("; {}", what_it_takes(&estimate)),
        ),
        (Place::Straddles, Some(few)) => {
            (VerdictKind::Inconclusive, format!("; not judged: {few}"))
        }
    };
    part(
        kind,
        format!("{shows}, stated: {stated}{why} (`{cell}`)"),
        evidence,
    )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::OutcomeValue;

    #[test]
    fn outcomes_name_readings_as_figures_do() {
        let outcome = |reading: Option<&str>| Expected {
            key: "k".into(),
            equals: OutcomeValue::Bool(true),
            select: Selector::default(),
            reading: reading.map(str::to_owned),
        };
        let names = |readings: &[Option<&str>]| {
            let all: Vec<Expected> = readings.iter().map(|r| outcome(*r)).collect();
            let tested: Vec<Tested<'_>> = all.iter().map(Tested::Outcome).collect();
            names_of_readings(&tested)
                .into_iter()
                .map(|name| name.map(str::to_owned))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&[None, None]), [None]);
        let named = names(&[Some("one"), None, Some("other"), Some("one")]);
        assert_eq!(named, [Some("one".to_owned()), Some("other".to_owned())]);
    }
}

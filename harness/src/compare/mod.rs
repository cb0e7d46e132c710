//! Two runs, figure by figure and claim by claim: the regression gate. Pure: no clock, no file, no randomness.
//!
//! 1. `machine`: what makes two runs incomparable, and what differs without doing so.
//! 2. `measures`: which statistics of a cell are compared.
//! 3. `figures`: a statistic in both runs, as the ratio of the second to the first with its interval, and all of
//!    them together under Holm's correction.
//! 4. `drift`: whether the machine changed in between.
//! 5. `claims`: verdicts that changed.
//!
//! # The method
//! A process is the unit, and the two runs have no block in common: the ratio is unpaired, its 95 % interval is Yuen's
//! for trimmed means of the logs of the figures of each invocation, or Fieller's on a linear scale ([`crate::stats::Unpaired`]).
//!
//! - **`same`** says that the interval lies within the margin: equivalence, not the absence of a significant
//!   difference. The margin is a factor either way, so that it reads the same in both directions.
//! - **A difference** (`slower`, `faster`, `more`, `less`) says that the ratio lies beyond the margin, which is more
//!   than that it is not 1: the null hypothesis is "within the margin", and its p values go through Holm's correction
//!   over all comparisons of the gate. If nothing moved by more than the margin, the chance of any such word is at
//!   most 5 % however many figures there are, as far as the numbers of processes do not depend on the figures; METHOD
//!   has what a stopping rule makes of it. Nothing that is inside the A/A spread of either run is a difference.
//! - **`inconclusive`** is the rest, with the reason, and is not `same`.
//!
//! Two runs at two times differ by whatever the machine did in between, and the spread within a run says nothing of
//! it. The positive control's plain cell is the same program in both: where it moved by more than the margin, the
//! machine has changed, and nothing of its experiment is called anything but `inconclusive`.
//!
//! Both runs are judged by the definitions of the second one, so that an edited range is no change of a verdict.

mod claims;
mod drift;
mod figures;
mod machine;
mod measures;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::analysis::{Analyst, checks, controls};
use crate::plan::{CONTROL_VARIANT, Plan, expand_again};
use crate::record::{CellKey, Invocation, RunFile, VerdictKind};
use crate::spec::Experiment;
use crate::units::{Unit, times};
use crate::verdict::Fitness;

pub use machine::refusals;

/// Version of the gate's JSON.
pub const GATE_FORMAT: u32 = 1;

/// Chance with which a change of the size that is called detectable is found.
pub const POWER: f64 = 0.8;

/// How far a ratio may be from 1 and still be `same`, as a share: 5 % is from 1/1.05 to 1.05.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Margin(f64);

impl Margin {
    /// 5 %: about what a run on a quiet machine resolves, and less than the article's figures are apart.
    pub const DEFAULT: Margin = Margin(0.05);

    /// A share above 0 and below 1; `None` outside.
    pub fn new(share: f64) -> Option<Margin> {
        (share > 0.0 && share < 1.0).then_some(Margin(share))
    }

    /// The share.
    pub fn share(self) -> f64 {
        self.0
    }

    fn lo(self) -> f64 {
        1.0 / self.hi()
    }

    fn hi(self) -> f64 {
        1.0 + self.0
    }

    fn contains(self, ratio: f64) -> bool {
        self.lo() <= ratio && ratio <= self.hi()
    }
}

/// A run, as far as a comparison needs it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// `run.json`.
    pub run: &'a RunFile,
    /// The definitions that the run was begun with.
    pub experiments: &'a [Experiment],
    /// Its journal.
    pub invocations: &'a [Invocation],
}

impl<'a> Side<'a> {
    fn experiment(&self, name: &str) -> Option<&'a Experiment> {
        self.experiments.iter().find(|e| e.name == name)
    }

    fn plan(&self) -> Result<Plan, String> {
        let experiments: Vec<&Experiment> = self.experiments.iter().collect();
        expand_again(&experiments, self.run).map_err(|error| format!("{}: {error}", self.run.id))
    }
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The ratio lies within the margin.
    Same,
    /// A time that should be short is longer, or a rate that should be high is lower.
    Slower,
    /// The opposite of slower.
    Faster,
    /// The figure is larger.
    More,
    /// The figure is smaller.
    Less,
    /// Neither is shown.
    Inconclusive,
    /// The two figures are not of the same thing.
    Incomparable,
}

impl Word {
    /// The word as files and reports spell it.
    pub fn word(self) -> &'static str {
        match self {
            Word::Same => "same",
            Word::Slower => "slower",
            Word::Faster => "faster",
            Word::More => "more",
            Word::Less => "less",
            Word::Inconclusive => "inconclusive",
            Word::Incomparable => "incomparable",
        }
    }

    /// Whether it says that something changed.
    pub fn is_difference(self) -> bool {
        matches!(self, Word::Slower | Word::Faster | Word::More | Word::Less)
    }
}

/// A figure of one run.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Value {
    /// Median over invocations.
    #[schemars(with = "Option<f64>")]
    pub center: f64,
    /// Lower end of the run's own interval.
    #[schemars(with = "Option<f64>")]
    pub lo: f64,
    /// Upper end.
    #[schemars(with = "Option<f64>")]
    pub hi: f64,
    /// Number of invocations.
    pub n: usize,
}

/// A ratio of the second run to the first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Ratio {
    /// The ratio that was found.
    #[schemars(with = "Option<f64>")]
    pub center: f64,
    /// Lower end of its 95 % interval.
    #[schemars(with = "Option<f64>")]
    pub lo: f64,
    /// Upper end.
    #[schemars(with = "Option<f64>")]
    pub hi: f64,
}

impl Ratio {
    /// The ratio and its interval for a person.
    pub fn in_words(&self) -> String {
        if self.lo == self.hi {
            return times(self.center);
        }
        if !self.hi.is_finite() {
            return format!("{} (no interval)", times(self.center));
        }
        format!(
            "{} ({} to {})",
            times(self.center),
            times(self.lo),
            times(self.hi)
        )
    }
}

/// One statistic of one cell in both runs.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Comparison {
    /// The cell.
    pub cell: CellKey,
    /// Metric.
    pub metric: String,
    /// What was taken of each invocation.
    pub statistic: String,
    /// The statistic of the metric, as prose names it.
    pub title: String,
    /// Unit of the figures.
    pub unit: Unit,
    /// The figure of the first run.
    pub a: Option<Value>,
    /// The figure of the second run.
    pub b: Option<Value>,
    /// Second to first.
    pub ratio: Option<Ratio>,
    /// The smallest ratio above 1 that this gate would call a difference with the power of [`POWER`].
    pub detectable: Option<f64>,
    /// p value of "the ratio lies within the margin" after Holm's correction over the gate.
    pub p: Option<f64>,
    /// What it comes to.
    pub word: Word,
    /// Whether it is a difference for the worse.
    pub is_worse: bool,
    /// Whether the metric is neither better when it is low nor when it is high.
    pub is_neutral: bool,
    /// Why it is inconclusive or incomparable; empty otherwise.
    pub reason: String,
    /// Whether both runs measured the same binary; absent where a receipt is missing.
    pub same_binary: Option<bool>,
}

/// What became of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// One decided word became another one, and not only its neighbour.
    Flip,
    /// From confirmed to close or back: the figure lies at the edge of the claimed range, and nothing contradicts.
    Shift,
    /// It was decided and no longer is.
    Lost,
    /// It is decided now.
    Gained,
}

/// A verdict that changed, on one release.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ClaimChange {
    /// The claim's id.
    pub claim: String,
    /// Its experiment.
    pub experiment: String,
    /// The release, or the variant where there is none.
    pub toolchain: String,
    /// What became of it.
    pub change: Change,
    /// The verdict in the first run.
    pub a: VerdictKind,
    /// The verdict in the second run.
    pub b: VerdictKind,
    /// The reason that the second run gives, or why the change does not count.
    pub reason: String,
}

/// How many verdicts are the same word in both runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Agreement {
    /// Claims that both runs judged, once for each release, without those that neither tested.
    pub verdicts: usize,
    /// Those of the same word.
    pub same: usize,
}

/// The same program in both runs: whether the machine has changed.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct DriftCheck {
    /// Whose control it is.
    pub experiment: String,
    /// Second run to first; absent where it could not be checked.
    pub ratio: Option<Ratio>,
    /// Whether the machine has changed by more than the margin.
    pub has_drifted: bool,
    /// One sentence.
    pub says: String,
}

/// The whole comparison.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Gate {
    /// [`GATE_FORMAT`].
    pub format: u32,
    /// Id of the first run.
    pub a: String,
    /// Id of the second run.
    pub b: String,
    /// Equivalence margin.
    pub margin: Margin,
    /// Power that goes with the detectable ratios.
    pub power: f64,
    /// Number of tests that Holm's correction spans.
    pub tests: usize,
    /// Why the runs cannot be compared at all; everything below is empty then.
    pub incomparable: Vec<String>,
    /// What differs between the runs and makes nothing incomparable.
    pub cautions: Vec<String>,
    /// By experiment.
    pub drift: Vec<DriftCheck>,
    /// By experiment and cell.
    pub comparisons: Vec<Comparison>,
    /// Claims whose verdicts changed.
    pub claims: Vec<ClaimChange>,
    /// How many did not.
    pub agreement: Agreement,
}

/// What the gate says as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing got worse, and nothing is open.
    Same,
    /// Nothing is shown to have got worse, and something is open.
    Open,
    /// A figure got worse, or a verdict flipped.
    Worse,
    /// The runs cannot be compared.
    Incomparable,
}

impl Gate {
    /// What it says as a whole.
    pub fn outcome(&self) -> Outcome {
        let is_open = |c: &Comparison| matches!(c.word, Word::Inconclusive | Word::Incomparable);
        let changed = |change| self.claims.iter().any(|c| c.change == change);
        if !self.incomparable.is_empty() {
            Outcome::Incomparable
        } else if changed(Change::Flip) || self.comparisons.iter().any(|c| c.is_worse) {
            Outcome::Worse
        } else if changed(Change::Shift)
            || changed(Change::Lost)
            || self.comparisons.iter().any(is_open)
        {
            Outcome::Open
        } else {
            Outcome::Same
        }
    }
}

/// An experiment that both runs have, read by the second one's definition.
struct Common<'a> {
    /// As the first run defined it.
    then: &'a Experiment,
    /// As the second run defines it.
    now: &'a Experiment,
    a: Analyst<'a>,
    b: Analyst<'a>,
    fitness: [Fitness; 2],
    /// Why nothing of it may be called a difference.
    void: Option<String>,
}

impl<'a> Common<'a> {
    fn new(
        (a, planned_a): (Side<'a>, &Plan),
        (b, planned_b): (Side<'a>, &Plan),
        then: &'a Experiment,
        now: &'a Experiment,
    ) -> Common<'a> {
        let (first, second) = (
            Analyst::new(now, planned_a.cells(&now.name), a.invocations),
            Analyst::new(now, planned_b.cells(&now.name), b.invocations),
        );
        let fitness = [&first, &second].map(|analyst| Fitness {
            controls: controls::controls(analyst),
            mismatches: checks::mismatches(analyst),
        });
        let void = fitness
            .iter()
            .zip(["first", "second"])
            .find_map(|(f, which)| {
                let failed = f.controls.iter().find(|control| !control.passed)?;
                Some(format!("the {which} run is unfit: {}", failed.says))
            });
        Common {
            then,
            now,
            a: first,
            b: second,
            fitness,
            void,
        }
    }
}

/// Compares run `b` with run `a`.
pub fn compare(a: Side<'_>, b: Side<'_>, margin: Margin) -> Gate {
    let mut gate = Gate {
        format: GATE_FORMAT,
        a: a.run.id.clone(),
        b: b.run.id.clone(),
        margin,
        power: POWER,
        tests: 0,
        incomparable: refusals(&a.run.host, &b.run.host),
        cautions: Vec::new(),
        drift: Vec::new(),
        comparisons: Vec::new(),
        claims: Vec::new(),
        agreement: Agreement::default(),
    };
    let (planned_a, planned_b) = match (a.plan(), b.plan()) {
        (Ok(planned_a), Ok(planned_b)) => (planned_a, planned_b),
        (first, second) => {
            let problems = [first.err(), second.err()];
            gate.incomparable.extend(problems.into_iter().flatten());
            return gate;
        }
    };
    if !gate.incomparable.is_empty() {
        return gate;
    }
    let mut experiments: Vec<Common<'_>> = b
        .experiments
        .iter()
        .filter_map(|now| {
            let then = a.experiment(&now.name)?;
            Some(Common::new((a, &planned_a), (b, &planned_b), then, now))
        })
        .collect();
    if let Some(nothing) = nothing_in_common(&experiments, a, b) {
        gate.incomparable.push(nothing);
        return gate;
    }
    gate.cautions = machine::cautions(a, b);
    gate.cautions.extend(unmatched(&experiments));
    gate.drift = drift::check(&mut experiments, a.run, b.run, margin);
    (gate.comparisons, gate.tests) = figures::compare(&experiments, a.run, b.run, margin);
    for experiment in &experiments {
        let (changes, agreement) = claims::changes(experiment, a.run, b.run);
        gate.claims.extend(changes);
        gate.agreement.add(agreement);
    }
    gate
}

/// Whether a cell is one of the experiment itself: no twin, no control.
pub fn is_measured(cell: &CellKey) -> bool {
    cell.copy == 0 && cell.variant != CONTROL_VARIANT
}

fn nothing_in_common(experiments: &[Common<'_>], a: Side<'_>, b: Side<'_>) -> Option<String> {
    let has_common = experiments.iter().any(|e| {
        let first: BTreeSet<&CellKey> = e.a.cells().collect();
        e.b.cells()
            .any(|cell| is_measured(cell) && first.contains(cell))
    });
    let described = |run: &RunFile| {
        let go = match run.go_versions.join(", ") {
            none if none.is_empty() => String::new(),
            versions => format!(", Go {versions}"),
        };
        format!("{}{go}", run.experiments.join(", "))
    };
    (!has_common).then(|| {
        format!(
            "no cell is in both runs: the first has {}, the second {}",
            described(a.run),
            described(b.run)
        )
    })
}

/// Cells that only one of the runs has.
fn unmatched(experiments: &[Common<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    for experiment in experiments {
        let cells = |analyst: &Analyst<'_>| -> BTreeSet<CellKey> {
            analyst
                .cells()
                .filter(|c| is_measured(c))
                .cloned()
                .collect()
        };
        let (first, second) = (cells(&experiment.a), cells(&experiment.b));
        for (mine, other, which) in [(&first, &second, "first"), (&second, &first, "second")] {
            let mut only = mine.difference(other);
            if let Some(one) = only.next() {
                let more = match only.count() {
                    0 => String::new(),
                    n => format!(" and {n} more"),
                };
                lines.push(format!(
                    "{}: only the {which} run has `{one}`{more}",
                    experiment.now.name
                ));
            }
        }
    }
    lines
}

//! The view model: everything a report says, worded, before any format is chosen.

use serde::Serialize;

use super::Inputs;
use crate::chart::data::Figure;
use crate::record::VerdictKind;

/// What a report says. Exporters lay it out and add no words of their own beyond headings.
#[derive(Clone, Debug, Serialize)]
pub struct ReportView<'a> {
    /// Heading.
    pub title: String,
    /// Name of the run's folder.
    pub run: String,
    /// Start, as the run recorded it.
    pub created: String,
    /// Whether the run may be trusted; reports say this first.
    pub fitness: Fitness,
    /// How many claims got which word, most wanted first.
    pub counts: Vec<Count>,
    /// The counts in one sentence.
    pub summary: String,
    /// The machine.
    pub machine: Machine,
    /// Experiments in the order of the run.
    pub experiments: Vec<ExperimentView>,
    /// Verdicts by Go release.
    pub releases: Releases,
    /// One row a failed invocation.
    pub failures: Vec<FailureRow>,
    /// How many invocations ran, failed and were disturbed, in one sentence.
    pub invocations: String,
    /// Toolchains and programs that could not be had.
    pub missing: Vec<String>,
    /// Programs that were measured.
    pub builds: Vec<BuildRow>,
    /// Facts of the run: command, revision, seed, order.
    pub provenance: Vec<Fact>,
    /// Files that lie beside the report.
    pub files: Vec<String>,
    /// What it was made from, for exporters of exact figures.
    #[serde(skip)]
    pub inputs: Inputs<'a>,
}

/// Whether the controls came out as they must.
#[derive(Clone, Debug, Serialize)]
pub struct Fitness {
    /// `false` where a control failed, or none ran.
    pub fit: bool,
    /// One sentence.
    pub says: String,
    /// Further warnings of the same weight, e.g. that the profile is not for publication.
    pub cautions: Vec<String>,
    /// One row a control.
    pub controls: Vec<ControlRow>,
}

/// A control.
#[derive(Clone, Debug, Serialize)]
pub struct ControlRow {
    /// `A/A` or `known slow-down`.
    pub kind: &'static str,
    /// What was compared.
    pub cell: String,
    /// `passed` or `failed`.
    pub word: &'static str,
    /// One sentence.
    pub says: String,
}

/// A word and how many claims got it.
#[derive(Clone, Debug, Serialize)]
pub struct Count {
    /// The word.
    pub word: &'static str,
    /// How many.
    pub count: usize,
}

/// Name and value.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// Its value in words.
    pub value: String,
}

/// The machine.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// In one line.
    pub line: String,
    /// What follows an absolute figure: where it was measured.
    pub beside: String,
    /// One by one; what the system does not tell is left out.
    pub facts: Vec<Fact>,
}

/// One experiment.
#[derive(Clone, Debug, Serialize)]
pub struct ExperimentView {
    /// Name.
    pub name: String,
    /// Anchor, unique in a page.
    pub anchor: String,
    /// Title.
    pub title: String,
    /// Markdown.
    pub summary: String,
    /// Markdown.
    pub analysis: String,
    /// Sentences.
    pub fairness: Vec<String>,
    /// In the order of the definition.
    pub verdicts: Vec<VerdictView>,
    /// Go beside Rust.
    pub comparisons: Vec<ComparisonRow>,
    /// Pictures.
    pub charts: Vec<ChartView>,
    /// Whether any estimate is an absolute time or rate, which holds on this machine only.
    pub absolute: bool,
    /// The figures that its claims, charts and pairs are about, for a glance.
    pub glance: Vec<GlanceTable>,
    /// One row an estimate of a cell.
    pub estimates: Vec<EstimateRow>,
    /// Why each cell stopped.
    pub stops: Vec<StopRow>,
    /// Commands that repeat the measurement, by what they do.
    pub commands: Vec<Fact>,
}

/// A verdict in words.
#[derive(Clone, Debug, Serialize)]
pub struct VerdictView {
    /// The claim's id.
    pub claim: String,
    /// Anchor, unique in a page.
    pub anchor: String,
    /// Where in the article: `question 3, line 96`.
    pub place: String,
    /// What the article says.
    pub says: String,
    /// For programs.
    pub kind: VerdictKind,
    /// The word.
    pub word: &'static str,
    /// The word in a sentence.
    pub plain: String,
    /// Why.
    pub reason: String,
    /// How the words were read, where that is not obvious.
    pub reading: Option<String>,
    /// What the word would be on a fit machine.
    pub downgraded: Option<String>,
    /// By release, oldest first.
    pub releases: Vec<ReleaseView>,
    /// What holds instead, with its word.
    pub instead: Option<InsteadView>,
}

/// A verdict for one toolchain.
#[derive(Clone, Debug, Serialize)]
pub struct ReleaseView {
    /// Release or variant.
    pub toolchain: String,
    /// The word.
    pub word: &'static str,
    /// Why.
    pub reason: String,
    /// Evidence by id with its figure.
    pub evidence: Vec<Fact>,
}

/// The statement that holds where the claim does not.
#[derive(Clone, Debug, Serialize)]
pub struct InsteadView {
    /// Whether to write it: `Write instead` only where it is confirmed and the claim is not.
    pub lead: &'static str,
    /// What to write.
    pub says: String,
    /// Its word.
    pub word: &'static str,
    /// Why.
    pub reason: String,
}

/// A row of the comparison.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonRow {
    /// What is compared.
    pub title: String,
    /// The numerator's figure.
    pub of: String,
    /// The denominator's figure.
    pub versus: String,
    /// The ratio in a sentence.
    pub words: String,
    /// Number of pairs of invocations.
    pub n: usize,
}

/// A picture.
#[derive(Clone, Debug, Serialize)]
pub struct ChartView {
    /// Anchor, unique in a page.
    pub anchor: String,
    /// Title.
    pub title: String,
    /// Its file, relative to the report.
    pub file: String,
    /// For embedding in a page.
    pub svg: String,
    /// What is drawn, to render it again as a file of its own.
    #[serde(skip)]
    pub figure: Figure,
}

/// One statistic of one metric over the cells.
#[derive(Clone, Debug, Serialize)]
pub struct GlanceTable {
    /// Metric and statistic in words.
    pub title: String,
    /// What all its cells have in common.
    pub common: String,
    /// One row a cell, named by what tells it from the others.
    pub rows: Vec<EstimateRow>,
}

/// An estimate in words.
#[derive(Clone, Debug, Serialize)]
pub struct EstimateRow {
    /// The cell, without the experiment.
    pub cell: String,
    /// Metric and statistic.
    pub metric: String,
    /// Centre and interval.
    pub figure: String,
    /// Number of invocations.
    pub n: usize,
    /// Warnings, joined.
    pub note: String,
}

/// Why a cell got no more invocations.
#[derive(Clone, Debug, Serialize)]
pub struct StopRow {
    /// The cell.
    pub cell: String,
    /// Usable invocations.
    pub n: u32,
    /// The reason.
    pub reason: String,
}

/// Verdicts by Go release.
#[derive(Clone, Debug, Serialize)]
pub struct Releases {
    /// Releases, oldest first.
    pub toolchains: Vec<String>,
    /// One row a claim.
    pub rows: Vec<ReleaseRow>,
}

/// A claim over the releases.
#[derive(Clone, Debug, Serialize)]
pub struct ReleaseRow {
    /// The claim's id.
    pub claim: String,
    /// Its anchor.
    pub anchor: String,
    /// One word a release; empty where it was not judged.
    pub words: Vec<&'static str>,
    /// `confirmed since 1.25`, or `confirmed on all`.
    pub since: String,
}

/// A failed invocation.
#[derive(Clone, Debug, Serialize)]
pub struct FailureRow {
    /// Experiment.
    pub experiment: String,
    /// The cell.
    pub cell: String,
    /// Block and attempt.
    pub place: String,
    /// What happened.
    pub word: String,
    /// Last line of stderr.
    pub stderr: String,
}

/// A program that was built.
#[derive(Clone, Debug, Serialize)]
pub struct BuildRow {
    /// Experiment.
    pub experiment: String,
    /// Variant.
    pub variant: String,
    /// Compiler.
    pub toolchain: String,
    /// Flags, and the `go` line where there is one.
    pub flags: String,
    /// First digits of the binary's hash.
    pub binary: String,
}

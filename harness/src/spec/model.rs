//! The checked model of an experiment definition. It can't hold an invalid value: the loader refuses those.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::record::{OutcomeValue, Scale};
use crate::units::{Quantity, Unit};

/// The variant under which the positive control is planned: the self-test program of the Rust side. No definition may use it.
pub const CONTROL_VARIANT: &str = "control";

/// One experiment: programs, cells, metrics, claims and the prose that explains them.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// Kebab-case, the name of its file.
    pub name: String,
    /// The file it came from.
    pub file: PathBuf,
    /// One line.
    pub title: String,
    /// What it measures and how, Markdown.
    pub summary: String,
    /// What the figures mean and what they can't show, Markdown.
    pub analysis: String,
    /// What is comparable between the two sides of a pair, and what is not.
    pub fairness: Vec<String>,
    /// Programs, built how.
    pub variants: Vec<Variant>,
    /// Parameters by name.
    pub params: BTreeMap<String, Param>,
    /// Metrics by name.
    pub metrics: BTreeMap<String, Metric>,
    /// Which cells exist.
    pub matrix: Vec<MatrixEntry>,
    /// Patterns to look up in each toolchain's source.
    pub source_probes: Vec<SourceProbe>,
    /// What tools are asked.
    pub tool_probes: Vec<ToolProbe>,
    /// Claims that this experiment decides.
    pub claims: Vec<Claim>,
    /// Pictures.
    pub charts: Vec<Chart>,
    /// Rows of the terminal's Go : Rust table.
    pub pairs: Vec<Pair>,
    /// How long and how often.
    pub run: RunRules,
}

/// A program's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Built by every selected Go toolchain.
    Go,
    /// Built by the Rust toolchain on the PATH.
    Rust,
}

/// What differs between programs of one language.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Unique in the experiment, e.g. `go`, `rust-tokio`.
    pub name: String,
    /// Language.
    pub language: Language,
    /// Folder in `go-programs/`, or binary of `rust-equivalents`.
    pub program: String,
    /// Build flags (`-race`), or Cargo features.
    pub build_flags: Vec<String>,
    /// Arguments that every invocation gets, e.g. `--impl=tokio`.
    pub args: Vec<String>,
    /// Environment that every invocation gets.
    pub env: BTreeMap<String, String>,
    /// Oldest Go release that can build it, as (major, minor).
    pub go_min: Option<(u32, u32)>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// What it is.
    pub doc: String,
    /// The environment variable that carries it; otherwise it is the flag of its own name.
    pub env: Option<String>,
    /// The value that means "leave the variable unset".
    pub unset: Option<String>,
}

/// How a metric's values come, and on which scale.
#[derive(Clone, Debug)]
pub struct Metric {
    /// A phrase for axis and table.
    pub title: String,
    /// Base unit.
    pub unit: Unit,
    /// Whether less is better, where that makes sense.
    pub better: Option<Better>,
    /// Scale of averaging over invocations.
    pub scale: Scale,
    /// Values must not differ between invocations.
    pub exact: bool,
    /// What `at` counts, where samples carry it.
    pub axis: Option<String>,
}

/// Direction of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
}

/// How thorough a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// Seconds; not for publication.
    Quick,
    /// About a minute an experiment.
    Standard,
    /// As long as it takes.
    Thorough,
}

impl Profile {
    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Profile::Quick => "quick",
            Profile::Standard => "standard",
            Profile::Thorough => "thorough",
        }
    }
}

/// A set of cells: the product of its parameter values, for each of its variants.
#[derive(Clone, Debug)]
pub struct MatrixEntry {
    /// The program's case.
    pub case: String,
    /// Names of variants.
    pub variants: Vec<String>,
    /// Values by parameter.
    pub params: BTreeMap<String, Vec<String>>,
    /// The least thorough profile that includes it.
    pub from: Profile,
    /// A lower limit of its own on the number of blocks: deterministic cases need few.
    pub blocks: Option<u32>,
    /// Whether the A/A control twins the first cell of this entry.
    pub control: bool,
    /// Time limit of one invocation in nanoseconds, where the experiment's does not fit.
    pub timeout_ns: Option<u64>,
}

/// A pattern in a file of GOROOT.
#[derive(Clone, Debug)]
pub struct SourceProbe {
    /// Key of the outcome: the first capture group, or `found`.
    pub key: String,
    /// Files below GOROOT, the first that exists and matches wins.
    pub files: Vec<String>,
    /// Regular expression, multi-line mode.
    pub pattern: String,
}

/// A small source and the tool that is to judge it.
#[derive(Clone, Debug)]
pub struct ToolProbe {
    /// Key of the outcome.
    pub key: String,
    /// Whose tool it is.
    pub language: Language,
    /// Arguments of the tool, without its name.
    pub args: Vec<String>,
    /// A folder below `go-programs`, or a file below `rust-equivalents`.
    pub source: String,
    /// The module's `go` line, where it is not the release's own.
    pub go_line: Option<String>,
    /// Oldest Go release that is asked.
    pub go_min: Option<(u32, u32)>,
    /// Environment of the command.
    pub env: BTreeMap<String, String>,
    /// Regular expression, multi-line mode; without one the exit code is the outcome.
    pub pattern: Option<String>,
}

impl ToolProbe {
    /// Whether this Go release is asked.
    pub fn asks(&self, release: (u32, u32)) -> bool {
        self.language == Language::Go && self.go_min.is_none_or(|min| release >= min)
    }
}

/// Which cells a claim, chart or pair is about. Empty fields match everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    /// Variant name.
    pub variant: Option<String>,
    /// Case.
    pub case: Option<String>,
    /// Parameter values; a parameter that is not named matches every value.
    pub params: BTreeMap<String, Vec<String>>,
}

/// What is taken of each invocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Statistic {
    /// Median of the samples' per-operation values, or of the histogram.
    Median,
    /// Mean of the samples' per-operation values, weighted by operations.
    Mean,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// A percentile, in percent.
    Percentile(f64),
    /// The one `value` record.
    Value,
    /// Least-squares slope of `value / ops` over `at`.
    Slope,
    /// How many values a histogram or sample series holds.
    Count,
    /// Share of values at or below a limit.
    ShareBelow(Quantity),
}

/// What kind of statement a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// A time or a rate.
    Timing,
    /// A size.
    Memory,
    /// Something that a program does.
    Behaviour,
    /// Something that a tool says or refuses.
    Toolchain,
    /// Something that the source says.
    Source,
    /// About the past.
    History,
    /// Advice or taste.
    Opinion,
}

impl ClaimKind {
    /// The word as definitions spell it.
    pub fn word(self) -> &'static str {
        match self {
            ClaimKind::Timing => "timing",
            ClaimKind::Memory => "memory",
            ClaimKind::Behaviour => "behaviour",
            ClaimKind::Toolchain => "toolchain",
            ClaimKind::Source => "source",
            ClaimKind::History => "history",
            ClaimKind::Opinion => "opinion",
        }
    }
}

/// One statement of the article.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Id of the list, e.g. `q03-pause-under-100us`.
    pub id: String,
    /// Question of the article.
    pub question: u32,
    /// Line of the article.
    pub line: u32,
    /// Kind.
    pub kind: ClaimKind,
    /// Paraphrase.
    pub says: String,
    /// Ids of the list that say the same.
    pub also: Vec<String>,
    /// How it is judged.
    pub judge: Judge,
    /// How the words were read, where that is not obvious.
    pub reading: Option<String>,
    /// What to write where the words fail.
    pub instead: Option<Correction>,
}

/// What is true instead, judged the same way.
#[derive(Clone, Debug)]
pub struct Correction {
    /// What to write.
    pub says: String,
    /// Oldest Go release of which it speaks.
    pub go_min: Option<(u32, u32)>,
    /// How that is judged.
    pub judge: Judge,
}

/// How a claim is judged.
#[derive(Clone, Debug)]
pub enum Judge {
    /// Nothing to measure.
    Untestable {
        /// Why.
        reason: String,
    },
    /// It could be measured, but not here.
    NotRun {
        /// What it would take.
        reason: String,
    },
    /// Every part must hold.
    Tested {
        /// Each in every cell.
        figures: Vec<Figure>,
        /// Each in every invocation.
        outcomes: Vec<Expected>,
    },
}

impl Judge {
    /// The figures; none where nothing is measured.
    pub fn figures(&self) -> &[Figure] {
        match self {
            Judge::Tested { figures, .. } => figures,
            Judge::Untestable { .. } | Judge::NotRun { .. } => &[],
        }
    }

    /// The outcomes; none where nothing is measured.
    pub fn outcomes(&self) -> &[Expected] {
        match self {
            Judge::Tested { outcomes, .. } => outcomes,
            Judge::Untestable { .. } | Judge::NotRun { .. } => &[],
        }
    }
}

/// A quantity against a range.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is measured.
    pub of: Measure,
    /// The denominator, where the figure is a ratio.
    pub versus: Option<Measure>,
    /// The stated range.
    pub expect: Expectation,
    /// The way of reading the sentence that it belongs to; all ways, where absent.
    pub reading: Option<String>,
}

/// A statistic of a metric over cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Metric.
    pub metric: String,
    /// Statistic.
    pub statistic: Statistic,
    /// Cells.
    pub select: Selector,
}

/// A range with its tolerance, in base units.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Lower end; negative infinity where there is none.
    pub lo: f64,
    /// Upper end; infinity where there is none.
    pub hi: f64,
    /// Factor by which the range is widened for `close`; 1 for none.
    pub tolerance: f64,
    /// Unit of both ends.
    pub unit: Unit,
    /// The range in words, as the reason prints it.
    pub words: String,
}

/// An outcome and the value that the claim predicts.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Key of the outcome.
    pub key: String,
    /// Predicted value.
    pub equals: OutcomeValue,
    /// Cells; source probes are selected by `case = "source"`.
    pub select: Selector,
    /// The way of reading the sentence that it belongs to; all ways, where absent.
    pub reading: Option<String>,
}

/// A picture.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Unique in the experiment; the file's name.
    pub id: String,
    /// Title.
    pub title: String,
    /// Form.
    pub kind: ChartKind,
    /// What is drawn.
    pub metric: String,
    /// What is taken of each invocation, where the form needs one figure.
    pub statistic: Statistic,
    /// Cells.
    pub select: Selector,
    /// The parameter on the x axis of a sweep.
    pub x: Option<String>,
    /// The claim whose range is shaded.
    pub claim: Option<String>,
    /// Logarithmic axes.
    pub log_x: bool,
    /// Logarithmic axes.
    pub log_y: bool,
}

/// Form of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartKind {
    /// Distribution of single values on a logarithmic axis.
    Ecdf,
    /// One interval a cell.
    Intervals,
    /// Lines over a parameter, with intervals.
    Sweep,
    /// Values over `at`, within invocations.
    Growth,
}

/// A row of the terminal's comparison: what stands against what.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What is compared, in words.
    pub title: String,
    /// Numerator.
    pub of: Measure,
    /// Denominator.
    pub versus: Measure,
}

/// How long and how often.
#[derive(Clone, Debug)]
pub struct RunRules {
    /// Fewest blocks in the standard profile.
    pub min_blocks: u32,
    /// Most blocks in the standard profile.
    pub max_blocks: u32,
    /// Half-width of an interval, as a share of the centre, at which a cell is precise enough.
    pub precision: f64,
    /// Time limit of one invocation in nanoseconds.
    pub timeout_ns: u64,
    /// Time budget of the experiment in the standard profile in nanoseconds.
    pub budget_ns: u64,
    /// Environment for every invocation.
    pub env: BTreeMap<String, String>,
}

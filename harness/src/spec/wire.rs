//! What a definition file may contain, as it is written. These types never leave `spec`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

/// Version of the definition format.
pub const SPEC_FORMAT: u32 = 1;

/// A whole file.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireExperiment {
    /// Version of this format, 1.
    pub format: u32,
    /// One line.
    pub title: String,
    /// What is measured and how, Markdown.
    pub summary: String,
    /// What the figures mean and what they can't show, Markdown.
    pub analysis: String,
    /// What is comparable between the two sides of a pair, and what is not.
    pub fairness: Vec<String>,
    /// How long and how often.
    pub run: WireRun,
    /// Programs, built how.
    #[serde(default)]
    pub variants: BTreeMap<String, WireVariant>,
    /// Parameters.
    #[serde(default)]
    pub params: BTreeMap<String, WireParam>,
    /// Metrics.
    #[serde(default)]
    pub metrics: BTreeMap<String, WireMetric>,
    /// Which cells exist.
    #[serde(default)]
    pub matrix: Vec<WireMatrix>,
    /// Patterns to look up in the source of each Go release.
    #[serde(default)]
    pub source: Vec<WireSource>,
    /// What a compiler or another tool says to a small source.
    #[serde(default)]
    pub tool: Vec<WireTool>,
    /// Rows of the Go : Rust table.
    #[serde(default)]
    pub pairs: Vec<WirePair>,
    /// Pictures.
    #[serde(default)]
    pub charts: Vec<WireChart>,
    /// Claims.
    #[serde(default)]
    pub claims: Vec<WireClaim>,
}

/// `[run]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireRun {
    /// Fewest blocks in the standard profile.
    pub min_blocks: u32,
    /// Most blocks in the standard profile.
    pub max_blocks: u32,
    /// Half-width of an interval, as a share of the centre, at which a cell is precise enough, e.g. `5%`.
    pub precision: String,
    /// Time limit of one invocation, e.g. `20s`.
    pub timeout: String,
    /// Time budget of the experiment in the standard profile, e.g. `60s`.
    pub budget: String,
    /// Environment of every invocation.
    #[serde(default)]
    pub env: BTreeMap<String, Text>,
}

/// `[variants.NAME]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireVariant {
    /// `go` or `rust`.
    pub language: WireLanguage,
    /// Folder in `go-programs/` or binary of `rust-equivalents`; the experiment's name by default.
    pub program: Option<String>,
    /// Flags of `go build`, or Cargo features.
    #[serde(default)]
    pub build_flags: Vec<String>,
    /// Arguments of every invocation.
    #[serde(default)]
    pub args: Vec<String>,
    /// Environment of every invocation.
    #[serde(default)]
    pub env: BTreeMap<String, Text>,
    /// Oldest Go release that can build it, e.g. `1.22`.
    pub go_min: Option<String>,
}

/// A language.
#[derive(Clone, Copy, Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WireLanguage {
    /// Go.
    Go,
    /// Rust.
    Rust,
}

/// `[params.NAME]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireParam {
    /// What it is.
    pub doc: String,
    /// The environment variable that carries it, in place of a flag.
    pub env: Option<String>,
    /// The value that leaves the variable unset.
    pub unset: Option<Text>,
}

/// `[metrics.NAME]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireMetric {
    /// A phrase for axes and tables.
    pub title: String,
    /// `ns`, `B`, `1` or `1/s`.
    pub unit: crate::units::Unit,
    /// `lower` or `higher`, where that makes sense.
    pub better: Option<WireBetter>,
    /// `log` or `linear`; by default `log`, and `linear` for counts.
    pub scale: Option<crate::record::Scale>,
    /// Values must not differ between invocations.
    #[serde(default)]
    pub exact: bool,
    /// What `at` counts.
    pub axis: Option<String>,
}

/// A direction.
#[derive(Clone, Copy, Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WireBetter {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
}

/// A profile.
#[derive(Clone, Copy, Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WireProfile {
    /// In every profile.
    Quick,
    /// In the standard and the thorough profile.
    Standard,
    /// In the thorough profile only.
    Thorough,
}

/// `[[matrix]]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireMatrix {
    /// The program's case.
    pub case: String,
    /// Names of variants.
    pub variants: Vec<String>,
    /// A value or a list of values by parameter; the cells are their product.
    #[serde(default)]
    pub params: BTreeMap<String, Texts>,
    /// The least thorough profile that includes these cells; `quick` by default.
    pub from: Option<WireProfile>,
    /// Number of blocks for deterministic cells, in place of the adaptive rule.
    pub blocks: Option<u32>,
    /// Whether the first of these cells is planned twice, as the A/A control.
    #[serde(default)]
    pub control: bool,
    /// Time limit of one invocation, in place of the experiment's.
    pub timeout: Option<String>,
}

/// `[[source]]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireSource {
    /// Key of the outcome.
    pub key: String,
    /// Files below GOROOT; the first that exists and matches wins.
    pub files: Vec<String>,
    /// Regular expression in multi-line mode; its first group is the value, or `found` without one.
    pub pattern: String,
}

/// `[[tool]]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireTool {
    /// Key of the outcome.
    pub key: String,
    /// `["go", "vet"]`, `["go", "build", "-gcflags=-m"]`, `["rustc"]`.
    pub command: Vec<String>,
    /// For `go` a folder below `go-programs`, for `rustc` a file below `rust-equivalents`.
    pub source: String,
    /// The `go` line of the module, e.g. `1.21`, in place of the release's own.
    pub go_line: Option<String>,
    /// Oldest Go release that is asked, e.g. `1.22`.
    pub go_min: Option<String>,
    /// Environment of the command, e.g. `CGO_ENABLED`.
    #[serde(default)]
    pub env: BTreeMap<String, Text>,
    /// Regular expression in multi-line mode, looked for in what the tool prints: the outcome is its first group, `found` or
    /// `not found`. Without one the outcome is `accepted` or `refused`, by the exit code.
    pub pattern: Option<String>,
}

/// Which cells.
#[derive(Debug, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireSelector {
    /// Variant.
    pub variant: Option<String>,
    /// Case.
    pub case: Option<String>,
    /// A value or a list of values by parameter.
    #[serde(default)]
    pub params: BTreeMap<String, Texts>,
}

/// A statistic of a metric over cells.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireMeasure {
    /// A metric of this file, or `os:...`.
    pub metric: String,
    /// `median`, `mean`, `min`, `max`, `p90`, `value`, `slope`, `count`, `share-below:100us`.
    pub statistic: String,
    /// Cells.
    #[serde(default)]
    pub select: WireSelector,
}

/// `[[pairs]]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WirePair {
    /// What is compared, in words.
    pub title: String,
    /// Numerator.
    pub of: WireMeasure,
    /// Denominator.
    pub versus: WireMeasure,
}

/// `[[charts]]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireChart {
    /// The file's name.
    pub id: String,
    /// Title.
    pub title: String,
    /// Form.
    pub kind: WireChartKind,
    /// Metric.
    pub metric: String,
    /// Statistic, where the form needs one figure an invocation; `median` by default.
    pub statistic: Option<String>,
    /// Cells.
    #[serde(default)]
    pub select: WireSelector,
    /// The parameter on the x axis of a sweep.
    pub x: Option<String>,
    /// The claim whose range is shaded.
    pub claim: Option<String>,
    /// Logarithmic x axis.
    #[serde(default)]
    pub log_x: bool,
    /// Logarithmic y axis.
    #[serde(default)]
    pub log_y: bool,
}

/// Form of a chart.
#[derive(Clone, Copy, Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WireChartKind {
    /// Distribution of single values.
    Ecdf,
    /// One interval a cell.
    Intervals,
    /// Lines over a parameter.
    Sweep,
    /// Values over `at`.
    Growth,
}

/// A kind of statement.
#[derive(Clone, Copy, Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WireClaimKind {
    /// A time or a rate.
    Timing,
    /// A size.
    Memory,
    /// What a program does.
    Behaviour,
    /// What a tool says.
    Toolchain,
    /// What the source says.
    Source,
    /// The past.
    History,
    /// Taste.
    Opinion,
}

/// `[[claims]]`: `figures` or `outcomes` or both, or `untestable`, or `not-run`.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireClaim {
    /// Id of the list of claims.
    pub id: String,
    /// Question of the article.
    pub question: u32,
    /// Line of the article.
    pub line: u32,
    /// Kind.
    pub kind: WireClaimKind,
    /// Paraphrase.
    pub says: String,
    /// Ids that say the same.
    #[serde(default)]
    pub also: Vec<String>,
    /// How the words were read.
    pub reading: Option<String>,
    /// Figures that must all hold.
    #[serde(default)]
    pub figures: Vec<WireFigure>,
    /// Outcomes that must all hold.
    #[serde(default)]
    pub outcomes: Vec<WireExpected>,
    /// Why there is nothing to measure.
    pub untestable: Option<String>,
    /// What it would take to measure it.
    pub not_run: Option<String>,
    /// What is true instead.
    pub instead: Option<WireCorrection>,
}

/// `[claims.instead]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireCorrection {
    /// What to write.
    pub says: String,
    /// Go release since which it is so (`1.24`); older ones are not asked.
    pub go_min: Option<String>,
    /// Figures that must all hold.
    #[serde(default)]
    pub figures: Vec<WireFigure>,
    /// Outcomes that must all hold.
    #[serde(default)]
    pub outcomes: Vec<WireExpected>,
}

/// `[[claims.figures]]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireFigure {
    /// A metric of this file, or `os:...`.
    pub metric: String,
    /// As in a measure.
    pub statistic: String,
    /// Cells; the figure must hold in each of them.
    #[serde(default)]
    pub select: WireSelector,
    /// The denominator, where the figure is a ratio.
    pub versus: Option<WireMeasure>,
    /// The range.
    pub expect: WireExpect,
    /// One of several ways in which the sentence can be read. Figures of one reading must all hold; a claim whose readings
    /// disagree is undecided.
    pub reading: Option<String>,
}

/// `expect = { ... }`: exactly one of the forms, and a tolerance.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireExpect {
    /// At most this.
    pub below: Option<String>,
    /// At least this.
    pub above: Option<String>,
    /// Between these two.
    pub between: Option<[String; 2]>,
    /// From X/1.5 to 1.5X.
    pub about: Option<String>,
    /// Exactly this.
    pub equals: Option<String>,
    /// "N times": within 20 %.
    pub times: Option<String>,
    /// "Orders of magnitude": within a factor of 3.
    pub magnitude: Option<String>,
    /// Factor by which the range is widened for `close`; 1 by default.
    pub tolerance: Option<f64>,
}

/// `[[claims.outcomes]]`
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WireExpected {
    /// Key of the outcome.
    pub key: String,
    /// The value that the claim predicts.
    pub equals: Plain,
    /// Cells.
    #[serde(default)]
    pub select: WireSelector,
    /// One of several ways in which the sentence can be read, as for a figure.
    pub reading: Option<String>,
}

/// A bool, an integer or a text, kept apart.
#[derive(Clone, Debug, PartialEq, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum Plain {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
}

/// A text, or an integer or a bool that stands for its spelling.
#[derive(Clone, Debug, PartialEq, schemars::JsonSchema)]
#[schemars(transparent)]
pub struct Text(#[schemars(with = "Plain")] pub String);

/// One text or a list of them; an integer or a bool stands for its spelling.
#[derive(Clone, Debug, Default, PartialEq, schemars::JsonSchema)]
#[schemars(transparent)]
pub struct Texts(#[schemars(schema_with = "one_or_more")] pub Vec<String>);

/// What [`Texts`] is read from; its fields alone do not tell.
fn one_or_more(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let one = generator.subschema_for::<Plain>();
    schemars::json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, an integer or a bool")
    }

    fn visit_bool<E: de::Error>(self, v: bool) -> Result<Plain, E> {
        Ok(Plain::Bool(v))
    }

    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Plain, E> {
        Ok(Plain::Int(v))
    }

    fn visit_str<E: de::Error>(self, v: &str) -> Result<Plain, E> {
        Ok(Plain::Text(v.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(PlainVisitor)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(PlainVisitor)
            .map(|plain| Text(plain.into_text()))
    }
}

impl Plain {
    fn into_text(self) -> String {
        match self {
            Plain::Bool(b) => b.to_string(),
            Plain::Int(i) => i.to_string(),
            Plain::Text(t) => t,
        }
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct OneOrMore;

        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, an integer or a list of them")
            }

            fn visit_bool<E: de::Error>(self, v: bool) -> Result<Texts, E> {
                Ok(Texts(vec![v.to_string()]))
            }

            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Texts, E> {
                Ok(Texts(vec![v.to_string()]))
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<Texts, E> {
                Ok(Texts(vec![v.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(Text(text)) = seq.next_element()? {
                    texts.push(text);
                }
                Ok(Texts(texts))
            }
        }

        d.deserialize_any(OneOrMore)
    }
}

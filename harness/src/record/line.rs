//! Records of probe protocol 1: one JSON object a line on a program's stdout.
//! `harness/docs/PROTOCOL.md` is the specification.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::Unit;

/// The protocol version that this harness speaks.
pub const PROTOCOL: u32 = 1;

/// One line that a program printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum Record {
    /// The receipt, always first.
    Hello(Hello),
    /// A measured value that stands for a number of operations.
    Sample(Sample),
    /// A distribution, already counted.
    Hist(Histogram),
    /// One figure of the whole invocation, or why there is none.
    Value(Value),
    /// What happened, for claims about behaviour.
    Outcome(Outcome),
    /// The result of the work, which must be equal on both sides of a pair.
    Check {
        /// Any text; compared byte by byte.
        value: String,
    },
    /// The last line: how many records came before it, `hello` included.
    Done {
        /// Number of lines before this one.
        records: u64,
    },
}

/// Who is speaking: printed first, and alone under `--hello`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Hello {
    /// Protocol version, [`PROTOCOL`].
    pub protocol: u32,
    /// The experiment's name.
    pub program: String,
    /// `go` or `rust`.
    pub language: String,
    /// Compiler version as the program itself knows it, e.g. `go1.27.3`.
    pub toolchain: String,
    /// Whatever else the program knows of its own build (flags, features, VCS stamp).
    #[serde(default)]
    pub build: BTreeMap<String, String>,
    /// The parameters in force, defaults included.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

/// Whether a sample belongs to the figure, came before it, or checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum Phase {
    /// Kept, shown, not part of the figure.
    Warmup,
    /// Part of the figure.
    Measure,
    /// More operations in one batch than the figure's samples have: it has to take so much longer.
    Scale,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Sample {
    /// A metric that the experiment declares.
    pub metric: String,
    /// Unit of `value`.
    pub unit: Unit,
    /// Part of the figure or not.
    pub phase: Phase,
    /// How many operations `value` covers; the value of one is `value / ops`.
    pub ops: u64,
    /// Total over all `ops`, in `unit`.
    pub value: f64,
    /// Where in the invocation this was taken, on an axis that the metric names (map size, number of goroutines).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
}

/// A distribution in buckets: `counts[i]` values in `[bounds[i], bounds[i + 1])`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Histogram {
    /// A metric that the experiment declares.
    pub metric: String,
    /// Unit of the bounds.
    pub unit: Unit,
    /// Ascending, one more than `counts`; the first may be `-Inf`, the last `+Inf` (as strings).
    #[serde(serialize_with = "write_bounds", deserialize_with = "read_bounds")]
    #[schemars(with = "Vec<serde_json::Value>")]
    pub bounds: Vec<f64>,
    /// How many values fell into each bucket.
    pub counts: Vec<u64>,
    /// The largest value seen, exact, where the program knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

impl Histogram {
    /// Number of values in all buckets.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// One figure of an invocation, or the reason that there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Value {
    /// A metric that the experiment declares.
    pub metric: String,
    /// Unit of `value`.
    pub unit: Unit,
    /// The figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Why it is absent (a metric that this release does not have, say).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
}

/// Something that happened or did not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Outcome {
    /// Kebab-case name that a claim refers to.
    pub key: String,
    /// What was seen.
    pub value: OutcomeValue,
}

/// The value of an outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[derive(schemars::JsonSchema)]
pub enum OutcomeValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A word, e.g. `panic`, or a constant as the source spells it.
    Text(String),
}

impl fmt::Display for OutcomeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutcomeValue::Bool(b) => write!(f, "{b}"),
            OutcomeValue::Int(i) => write!(f, "{i}"),
            OutcomeValue::Text(t) => f.write_str(t),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Bound {
    Number(f64),
    Infinite(String),
}

fn write_bounds<S: Serializer>(bounds: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(bounds.iter().map(|b| match *b {
        f64::INFINITY => Bound::Infinite("+Inf".into()),
        f64::NEG_INFINITY => Bound::Infinite("-Inf".into()),
        finite => Bound::Number(finite),
    }))
}

fn read_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    Vec::<Bound>::deserialize(deserializer)?
        .into_iter()
        .map(|b| match b {
            Bound::Number(n) => Ok(n),
            Bound::Infinite(s) if s == "+Inf" => Ok(f64::INFINITY),
            Bound::Infinite(s) if s == "-Inf" => Ok(f64::NEG_INFINITY),
            Bound::Infinite(s) => Err(serde::de::Error::custom(format!(
                "histogram bound `{s}` is neither a number nor `+Inf` nor `-Inf`"
            ))),
        })
        .collect()
}

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::histogram::sparse;
use crate::{Histogram, Rand};

/// How many records fit before the record list has to grow.
const RESERVED: usize = 1024;

/// A base unit of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanoseconds,
    /// Bytes.
    #[serde(rename = "B")]
    Bytes,
    /// A count, a share or a ratio.
    #[serde(rename = "1")]
    One,
    /// Events a second.
    #[serde(rename = "1/s")]
    PerSecond,
}

/// Whether a sample belongs to the figure or came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Kept and shown, not part of the figure.
    Warmup,
    /// Part of the figure.
    Measure,
    /// Twice the operations in one batch: a check of the figure, not part of it.
    Scale,
}

/// What an outcome can be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OutcomeValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A word.
    Text(String),
}

impl From<bool> for OutcomeValue {
    fn from(value: bool) -> Self {
        OutcomeValue::Bool(value)
    }
}

impl From<i64> for OutcomeValue {
    fn from(value: i64) -> Self {
        OutcomeValue::Int(value)
    }
}

impl From<&str> for OutcomeValue {
    fn from(value: &str) -> Self {
        OutcomeValue::Text(value.to_owned())
    }
}

impl From<String> for OutcomeValue {
    fn from(value: String) -> Self {
        OutcomeValue::Text(value)
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Hello {
    pub protocol: u32,
    pub program: String,
    pub language: &'static str,
    pub toolchain: String,
    pub build: BTreeMap<String, String>,
    pub params: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line {
    Hello(Hello),
    Sample {
        metric: String,
        unit: Unit,
        phase: Phase,
        ops: u64,
        value: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<f64>,
    },
    Hist {
        metric: String,
        unit: Unit,
        #[serde(serialize_with = "write_bounds")]
        bounds: Vec<f64>,
        counts: Vec<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    Value {
        metric: String,
        unit: Unit,
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<String>,
    },
    Outcome {
        key: String,
        value: OutcomeValue,
    },
    Check {
        value: String,
    },
    Done {
        records: u64,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Bound {
    Number(f64),
    Infinite(&'static str),
}

/// JSON has no infinities, so they are strings.
fn write_bounds<S: Serializer>(bounds: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(bounds.iter().map(|&bound| match bound {
        f64::INFINITY => Bound::Infinite("+Inf"),
        f64::NEG_INFINITY => Bound::Infinite("-Inf"),
        finite => Bound::Number(finite),
    }))
}

/// The records of the case that runs. A [`crate::Program`] hands it to the case.
pub struct Probe {
    seed: u64,
    lines: Vec<Line>,
    written: u64,
    out: Box<dyn Write>,
}

impl Probe {
    pub(crate) fn new(hello: Hello, seed: u64, out: Box<dyn Write>) -> Self {
        let mut lines = Vec::with_capacity(RESERVED);
        lines.push(Line::Hello(hello));
        Probe {
            seed,
            lines,
            written: 0,
            out,
        }
    }

    /// The seed in force.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A new generator that starts from the seed in force.
    pub fn rand(&self) -> Rand {
        Rand::new(self.seed)
    }

    /// Records that `ops` operations took `value` in all.
    ///
    /// # Panics
    ///
    /// If `value` is not finite or `ops` is 0: both mean that the program did not measure what it
    /// meant to.
    pub fn sample(&mut self, metric: &str, unit: Unit, phase: Phase, ops: u64, value: f64) {
        self.push_sample(metric, unit, phase, ops, value, None);
    }

    /// [`Probe::sample`] with a position on the metric's own axis (map size, number of threads).
    ///
    /// # Panics
    ///
    /// As [`Probe::sample`] does, and if `at` is not finite.
    pub fn sample_at(
        &mut self,
        metric: &str,
        unit: Unit,
        phase: Phase,
        ops: u64,
        value: f64,
        at: f64,
    ) {
        must_be_finite(metric, at);
        self.push_sample(metric, unit, phase, ops, value, Some(at));
    }

    fn push_sample(
        &mut self,
        metric: &str,
        unit: Unit,
        phase: Phase,
        ops: u64,
        value: f64,
        at: Option<f64>,
    ) {
        must_be_finite(metric, value);
        assert!(ops > 0, "a sample of {metric} holds no operation");
        self.lines.push(Line::Sample {
            metric: metric.to_owned(),
            unit,
            phase,
            ops,
            value,
            at,
        });
    }

    /// Records one figure of the whole invocation.
    ///
    /// # Panics
    ///
    /// If `value` is not finite; use [`Probe::absent`] where there is none.
    pub fn value(&mut self, metric: &str, unit: Unit, value: f64) {
        must_be_finite(metric, value);
        self.lines.push(Line::Value {
            metric: metric.to_owned(),
            unit,
            value: Some(value),
            absent: None,
        });
    }

    /// Records why an invocation has no figure for `metric`.
    pub fn absent(&mut self, metric: &str, unit: Unit, reason: &str) {
        self.lines.push(Line::Value {
            metric: metric.to_owned(),
            unit,
            value: None,
            absent: Some(reason.to_owned()),
        });
    }

    /// Records what happened, under a kebab-case key.
    pub fn outcome(&mut self, key: &str, value: impl Into<OutcomeValue>) {
        self.lines.push(Line::Outcome {
            key: key.to_owned(),
            value: value.into(),
        });
    }

    /// Records the result of the work, which both sides of a pair must share.
    pub fn check(&mut self, value: impl ToString) {
        self.lines.push(Line::Check {
            value: value.to_string(),
        });
    }

    /// Records a distribution: `counts[i]` values lie in `[bounds[i], bounds[i + 1])`. Empty buckets
    /// at both ends are dropped and runs of them inside are merged.
    ///
    /// # Panics
    ///
    /// If `bounds` does not hold one number more than `counts`.
    pub fn hist(&mut self, metric: &str, unit: Unit, bounds: &[f64], counts: &[u64]) {
        self.push_hist(metric, unit, bounds, counts, None);
    }

    /// Records `histogram`, with its exact maximum.
    pub fn histogram(&mut self, metric: &str, unit: Unit, histogram: &Histogram) {
        let (bounds, counts, max) = histogram.buckets();
        self.push_hist(metric, unit, &bounds, counts, max);
    }

    fn push_hist(
        &mut self,
        metric: &str,
        unit: Unit,
        bounds: &[f64],
        counts: &[u64],
        max: Option<f64>,
    ) {
        assert!(
            bounds.len() == counts.len() + 1,
            "{metric} has {} bounds for {} counts (there must be one more)",
            bounds.len(),
            counts.len()
        );
        let (bounds, counts) = sparse(bounds, counts);
        self.lines.push(Line::Hist {
            metric: metric.to_owned(),
            unit,
            bounds,
            counts,
            max,
        });
    }

    /// Writes the records so far to stdout. Never call it while something is timed.
    ///
    /// # Errors
    ///
    /// Whatever writing to stdout gives.
    pub fn flush(&mut self) -> io::Result<()> {
        for line in self.lines.drain(..) {
            serde_json::to_writer(&mut self.out, &line)?;
            self.out.write_all(b"\n")?;
            self.written += 1;
        }
        self.out.flush()
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        let records = self.written + self.lines.len() as u64;
        self.lines.push(Line::Done { records });
        self.flush()
    }
}

fn must_be_finite(metric: &str, value: f64) {
    assert!(value.is_finite(), "{metric} is {value}, which is no figure");
}

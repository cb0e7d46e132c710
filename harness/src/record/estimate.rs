//! An estimate: what is known of one metric of one cell, or of the ratio of two cells.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::CellKey;
use crate::units::{Unit, times};

/// The scale on which the median and its interval are taken and drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum Scale {
    /// Logarithms: for times, sizes and ratios, which are positive and vary by factors.
    Log,
    /// As they are: counts, shares and slopes.
    Linear,
}

/// A reason to trust an estimate less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "warning", rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum Warning {
    /// Fewer invocations than an interval needs.
    TooFewInvocations {
        /// How many there are.
        have: usize,
        /// How many it takes.
        need: usize,
    },
    /// Too few values in an invocation for this percentile; the figure is the largest value.
    PercentileNeedsMore {
        /// Fewest values in an invocation.
        have: u64,
        /// How many the percentile takes.
        need: u64,
    },
    /// A value that must be exact differs between invocations.
    NotConstant,
    /// One operation is shorter than the clock can support.
    BelowOneNanosecond,
    /// Twice the operations do not take twice as long, so that the figure is not one of an operation.
    DoesNotScale {
        /// How many times as long they take.
        factor: f64,
    },
    /// A log scale was asked for, but values are not positive: taken as they are.
    NotPositive,
    /// Invocations that were left out since they failed.
    Failed {
        /// How many.
        count: usize,
    },
    /// Invocations that count although the machine was disturbed.
    Disturbed {
        /// How many.
        count: usize,
    },
    /// A program ran in too few layouts to tell a small difference from an accident of where its functions lie.
    FewLayouts {
        /// In how many; of two programs, the fewer.
        have: usize,
        /// How many it takes.
        need: usize,
    },
    /// Two rank tests say that the figure moved during the run.
    Drift,
}

impl Warning {
    /// Whether the figure is not what its name says, so that no verdict may rest on it.
    pub fn forbids_verdict(&self) -> bool {
        matches!(
            self,
            Warning::PercentileNeedsMore { .. }
                | Warning::NotConstant
                | Warning::DoesNotScale { .. }
        )
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::TooFewInvocations { have, need } => {
                write!(f, "{have} invocations, an interval needs {need}")
            }
            Warning::FewLayouts { have, need } => {
                let layouts = if *have == 1 { "layout" } else { "layouts" };
                write!(
                    f,
                    "{have} {layouts} of a program, a difference below 10 % needs {need}"
                )
            }
            Warning::PercentileNeedsMore { have, need } => {
                write!(
                    f,
                    "max of {have}: this percentile needs {need} values an invocation"
                )
            }
            Warning::NotConstant => f.write_str("differs between invocations"),
            Warning::BelowOneNanosecond => f.write_str("below 1 ns an operation"),
            Warning::DoesNotScale { factor } => {
                write!(f, "twice the operations take {} as long", times(*factor))
            }
            Warning::NotPositive => f.write_str("not positive: taken as it is, not in logarithms"),
            Warning::Failed { count } => write!(f, "{count} failed invocations left out"),
            Warning::Disturbed { count } => write!(f, "{count} disturbed invocations counted"),
            Warning::Drift => f.write_str("drifts over the run"),
        }
    }
}

/// Centre and interval of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Estimate {
    /// Stable name within the run, the evidence of verdicts: `metric/statistic @ cell`.
    pub id: String,
    /// The cell, or the numerator of a ratio.
    pub cell: CellKey,
    /// The denominator, where this is a ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versus: Option<CellKey>,
    /// A metric of the experiment, or one that the harness observes (`os:peak-memory`).
    pub metric: String,
    /// What was taken of each invocation (`median`, `p90`, `slope`).
    pub statistic: String,
    /// Unit of centre and interval.
    pub unit: Unit,
    /// Median over invocations, on `scale`.
    pub center: f64,
    /// Lower end of the interval; may be infinite with too few invocations.
    pub lo: f64,
    /// Upper end of the interval.
    pub hi: f64,
    /// Confidence of the interval: valid however often it was looked at, or for one look where the number of blocks was
    /// fixed beforehand.
    pub confidence: f64,
    /// Number of invocations (of pairs, for a ratio).
    pub n: usize,
    /// Its scale.
    pub scale: Scale,
    /// Each invocation's value, in block order: what a chart draws and a sceptic recomputes.
    pub values: Vec<f64>,
    /// Reasons to trust it less.
    pub warnings: Vec<Warning>,
}

impl Estimate {
    /// Centre and interval for a person; a ratio in times.
    pub fn in_words(&self) -> String {
        if self.versus.is_none() {
            return self.unit.show_interval(self.center, self.lo, self.hi);
        }
        if self.hi.is_infinite() && self.lo <= 0.0 {
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

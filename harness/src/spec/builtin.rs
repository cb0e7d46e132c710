//! Metrics that the harness observes itself, for every program.

use super::model::{Better, Metric};
use crate::record::Scale;
use crate::units::Unit;

/// Names and descriptions of the observed metrics.
pub const BUILTIN: [(&str, &str, Unit, Scale); 8] = [
    (
        "os:peak-memory",
        "peak resident memory",
        Unit::Byte,
        Scale::Log,
    ),
    (
        "os:wall",
        "lifetime of the process",
        Unit::Nanosecond,
        Scale::Log,
    ),
    (
        "os:user-time",
        "CPU time in user mode",
        Unit::Nanosecond,
        Scale::Linear,
    ),
    (
        "os:system-time",
        "CPU time in the kernel",
        Unit::Nanosecond,
        Scale::Linear,
    ),
    ("os:cpu-time", "CPU time", Unit::Nanosecond, Scale::Log),
    (
        "os:minor-faults",
        "minor page faults",
        Unit::One,
        Scale::Linear,
    ),
    (
        "os:voluntary-switches",
        "voluntary context switches",
        Unit::One,
        Scale::Linear,
    ),
    (
        "os:involuntary-switches",
        "involuntary context switches",
        Unit::One,
        Scale::Linear,
    ),
];

/// The observed metric of that name.
pub fn builtin_metric(name: &str) -> Option<Metric> {
    BUILTIN
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, title, unit, scale)| Metric {
            title: (*title).to_owned(),
            unit: *unit,
            better: Some(Better::Lower),
            scale: *scale,
            exact: false,
            axis: None,
        })
}

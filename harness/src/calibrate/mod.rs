//! Calibration: do our probes time the same as the tools that people trust?
//!
//! One and the same body is timed by the Go probe, by `go test -bench`, by the Rust probe and by criterion, each in a
//! fresh process, in blocks in random order. [`figures`] reads what they say, [`compare`](mod@compare) judges, both pure;
//! [`measure`](mod@measure) starts the processes.

mod compare;
pub mod figures;
mod measure;

use serde::{Deserialize, Serialize};

pub use compare::{Machine, Ratio, Row, Word, compare};
pub use figures::Figures;
pub use measure::{Bench, Programs, measure};

use crate::record::{BuildReceipt, Disturbance, HostFacts, NoiseDelta, Record, RunEnd};

/// Version of `calibration.json`.
pub const CALIBRATION_FORMAT: u32 = 1;

/// Name of the programs, of Go and of Rust.
pub const PROGRAM: &str = "calibrate";

/// Name of the example that times through criterion.
pub const CRITERION_EXAMPLE: &str = "calibrate-criterion";

/// Who times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum Tool {
    /// Our probe in Go.
    GoProbe,
    /// `go test -bench`.
    GoBench,
    /// Our probe in Rust.
    RustProbe,
    /// The crate criterion.
    Criterion,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 4] = [
        Tool::GoProbe,
        Tool::GoBench,
        Tool::RustProbe,
        Tool::Criterion,
    ];

    /// The name that people use.
    pub fn name(self) -> &'static str {
        match self {
            Tool::GoProbe => "Go probe",
            Tool::GoBench => "go test -bench",
            Tool::RustProbe => "Rust probe",
            Tool::Criterion => "criterion",
        }
    }

    /// Whether the timed program is a Go program.
    pub fn is_go(self) -> bool {
        matches!(self, Tool::GoProbe | Tool::GoBench)
    }
}

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum Operation {
    /// One addition of a chain in which each needs the result of the one before.
    Adds,
    /// The same with multiplications.
    Muls,
    /// Looking up a key that is there.
    MapHit,
    /// A value that goes through a channel and comes back through another.
    RoundTrip,
}

impl Operation {
    /// All of them.
    pub const ALL: [Operation; 4] = [
        Operation::Adds,
        Operation::Muls,
        Operation::MapHit,
        Operation::RoundTrip,
    ];

    /// Case and metric of the probes, group of criterion.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Adds => "adds",
            Operation::Muls => "muls",
            Operation::MapHit => "map-hit",
            Operation::RoundTrip => "round-trip",
        }
    }

    /// The function of `go test -bench`.
    pub fn benchmark(self) -> &'static str {
        match self {
            Operation::Adds => "BenchmarkAdds",
            Operation::Muls => "BenchmarkMuls",
            Operation::MapHit => "BenchmarkMapHit",
            Operation::RoundTrip => "BenchmarkRoundTrip",
        }
    }
}

/// What a process said, as it said it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum Raw {
    /// Nothing that could be read.
    Nothing,
    /// The records of a probe.
    Probe {
        /// `hello` and `done` left out.
        records: Vec<Record>,
    },
    /// Lines of `go test -bench`.
    GoBench {
        /// All of stdout.
        lines: Vec<String>,
    },
    /// The files of criterion.
    Criterion {
        /// Operations in an iteration.
        ops: u64,
        /// `estimates.json`.
        estimates: serde_json::Value,
        /// `sample.json`.
        sample: serde_json::Value,
    },
}

/// One fresh process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Process {
    /// Block number, from 0.
    pub block: u32,
    /// Position within the block, from 0.
    pub slot: u32,
    /// Who timed.
    pub tool: Tool,
    /// What.
    pub operation: Operation,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// Lifetime in nanoseconds.
    pub wall_ns: u64,
    /// How it ended.
    pub end: RunEnd,
    /// What the machine went through.
    pub noise: NoiseDelta,
    /// Set where that passed the limits; it counts all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disturbed: Option<Disturbance>,
    /// Highest clock of a CPU just after the exit as the system states it, MHz.
    pub stated_mhz: Option<f64>,
    /// The figures.
    pub figures: Option<Figures>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The check of the work, of a probe.
    pub check: Option<String>,
    /// What they were read from.
    pub raw: Raw,
}

/// `calibration.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Calibration {
    /// [`CALIBRATION_FORMAT`].
    pub format: u32,
    /// Name of its folder.
    pub id: String,
    /// Start, RFC 3339 in UTC.
    pub created: String,
    /// Version of the harness.
    pub harness: String,
    /// Git revision of the project, with `-dirty` where it applies.
    pub revision: Option<String>,
    /// The command as typed.
    pub command_line: Vec<String>,
    /// The order of the processes follows from it.
    pub seed: u64,
    /// Blocks that were asked for.
    pub blocks: u32,
    /// The machine.
    pub host: HostFacts,
    /// What was timed.
    pub builds: Vec<BuildReceipt>,
    /// The comparisons.
    pub rows: Vec<Row>,
    /// Every process, in order.
    pub processes: Vec<Process>,
}

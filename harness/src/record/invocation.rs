//! An invocation: one fresh process of one cell, the unit of replication. One journal line each.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CellKey, Record, Samples};

/// Version of the journal line's format. In 1 samples were records among the others.
pub const INVOCATION_FORMAT: u32 = 2;

/// Names an invocation within its run; the same plan and seed give the same ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[derive(schemars::JsonSchema)]
pub struct InvocationId(pub String);

impl fmt::Display for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum RunEnd {
    /// It exited by itself.
    Exited {
        /// Exit code.
        code: i32,
    },
    /// A signal that we did not send killed it.
    Signalled {
        /// Signal number.
        signal: i32,
    },
    /// The time limit passed; the group got SIGTERM, and SIGKILL where that did not end it.
    TimedOut {
        /// The limit in nanoseconds.
        after_ns: u64,
        /// Whether SIGKILL was needed.
        killed: bool,
    },
    /// It wrote more than the limit; the group was killed.
    Flooded {
        /// The limit in bytes.
        limit: u64,
    },
    /// The user asked to stop now; the group was killed.
    Cancelled,
    /// It could not be started.
    StartFailed {
        /// The system's reason.
        error: String,
    },
}

/// What the program's output was worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum ProbeEnd {
    /// `hello` first, `done` last, the count right.
    Complete,
    /// No `done`, or a `done` whose count is wrong.
    Truncated {
        /// Records seen.
        seen: u64,
        /// What `done` said, where there was one.
        announced: Option<u64>,
    },
    /// A line that is no record.
    Garbage {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        error: String,
    },
    /// Another program, or none that says who it is.
    WrongProgram {
        /// What was expected.
        expected: String,
        /// What came.
        found: String,
    },
    /// The program speaks a protocol that this harness does not know.
    NewerProtocol {
        /// The program's.
        theirs: u32,
        /// Ours.
        ours: u32,
    },
}

/// What the kernel says of the process (`wait4`, `/proc/PID/status`), never the program itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Usage {
    /// CPU time in user mode, nanoseconds.
    pub user_ns: u64,
    /// CPU time in the kernel, nanoseconds.
    pub system_ns: u64,
    /// `VmHWM` in bytes, read while the program waits after `done`; absent where it never waited.
    pub peak_memory: Option<u64>,
    /// Minor page faults.
    pub minor_faults: u64,
    /// Major page faults.
    pub major_faults: u64,
    /// Voluntary context switches.
    pub voluntary_switches: u64,
    /// Involuntary context switches.
    pub involuntary_switches: u64,
}

/// What the machine went through during the invocation. Fields are absent where the system does not tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NoiseDelta {
    /// One-minute load average before the start.
    pub load_before: Option<f64>,
    /// Time in which some task waited for a CPU (PSI), as a share of the wall time.
    pub cpu_pressure: Option<f64>,
    /// Time in which some task waited for memory (PSI), as a share of the wall time.
    pub memory_pressure: Option<f64>,
    /// Time in which some task waited for I/O (PSI), as a share of the wall time.
    pub io_pressure: Option<f64>,
    /// CPU time taken by the hypervisor, as a share of the CPU time of all CPUs.
    pub steal: Option<f64>,
    /// CPU time used by other processes, as a share of the CPU time of all CPUs.
    pub foreign_cpu: Option<f64>,
    /// How often this cgroup was throttled.
    pub throttled: Option<u64>,
}

/// Why an invocation counts as disturbed. It is kept, marked, and repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Disturbance {
    /// One sentence, with the figure and the limit.
    pub reason: String,
}

/// One journal line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Invocation {
    /// [`INVOCATION_FORMAT`].
    pub format: u32,
    /// Unique in the run.
    pub id: InvocationId,
    /// What was run.
    pub cell: CellKey,
    /// Block number, from 0.
    pub block: u32,
    /// Position within the block, from 0.
    pub slot: u32,
    /// 0, or how many disturbed attempts came before.
    pub attempt: u32,
    /// Seed given to the program.
    pub seed: u64,
    /// Length of the random environment padding in bytes.
    pub env_pad: u32,
    /// Which of the program's layouts was run, from 0.
    #[serde(default)]
    pub layout: u32,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// Lifetime of the process, nanoseconds.
    pub wall_ns: u64,
    /// Harness time around it (start, bookkeeping, the previous journal write), nanoseconds.
    pub overhead_ns: u64,
    /// CPU time that the harness itself used while the process lived, nanoseconds.
    pub harness_cpu_ns: u64,
    /// How the process ended.
    pub end: RunEnd,
    /// What its output was worth.
    pub probe: ProbeEnd,
    /// What the kernel says.
    pub usage: Usage,
    /// What the machine went through.
    pub noise: NoiseDelta,
    /// Set where the noise passed the limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disturbed: Option<Disturbance>,
    /// The records, `hello`, `done` and samples left out.
    pub records: Vec<Record>,
    /// The samples, by column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Samples>,
    /// Oddities that did not spoil the invocation (unknown tags).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The end of stderr, kept where the invocation failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr_tail: String,
}

impl Invocation {
    /// Takes what a program printed: samples into columns, the rest as it is.
    pub fn take_records(&mut self, records: Vec<Record>) {
        for record in records {
            match record {
                Record::Sample(sample) => Samples::add(&mut self.samples, sample),
                other => self.records.push(other),
            }
        }
    }

    /// Whether its records may be used: the process ended by itself and its output is whole.
    ///
    /// The exit code is not asked for: a program that must crash says what it expects by its records.
    pub fn is_usable(&self) -> bool {
        matches!(self.end, RunEnd::Exited { code: 0 }) && self.probe == ProbeEnd::Complete
    }

    /// The failure in a few words, or `None` for a usable invocation.
    pub fn failure(&self) -> Option<String> {
        let end = match &self.end {
            RunEnd::Exited { code: 0 } => None,
            RunEnd::Exited { code } => Some(format!("EXIT {code}")),
            RunEnd::Signalled { signal } => Some(format!("SIGNAL {signal}")),
            RunEnd::TimedOut { after_ns, killed } => Some(format!(
                "TIMEOUT after {} ({})",
                crate::units::Unit::Nanosecond.show(*after_ns as f64),
                if *killed {
                    "SIGTERM, then SIGKILL"
                } else {
                    "SIGTERM"
                }
            )),
            RunEnd::Flooded { limit } => Some(format!("FLOOD of more than {limit} bytes")),
            RunEnd::Cancelled => Some("CANCELLED".to_owned()),
            RunEnd::StartFailed { error } => Some(format!("NOT STARTED: {error}")),
        };
        let probe = match &self.probe {
            ProbeEnd::Complete => None,
            ProbeEnd::Truncated {
                seen,
                announced: None,
            } => Some(format!("TRUNCATED after {seen} records")),
            ProbeEnd::Truncated {
                seen,
                announced: Some(n),
            } => Some(format!("TRUNCATED: {seen} records, `done` says {n}")),
            ProbeEnd::Garbage { line, error } => Some(format!("GARBAGE in line {line}: {error}")),
            ProbeEnd::WrongProgram { expected, found } => Some(format!(
                "WRONG PROGRAM: expected `{expected}`, found `{found}`"
            )),
            ProbeEnd::NewerProtocol { theirs, ours } => {
                Some(format!("PROTOCOL {theirs}, this harness speaks {ours}"))
            }
        };
        match (end, probe) {
            (None, None) => None,
            (Some(e), Some(p)) => Some(format!("{e}; {p}")),
            (e, p) => e.or(p),
        }
    }
}

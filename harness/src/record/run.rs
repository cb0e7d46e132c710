//! What a run is: where, with what, ordered how, and how its controls came out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CellKey, Estimate};

/// Version of `run.json`.
pub const RUN_FORMAT: u32 = 1;

/// `run.json`: written before the first invocation, never changed by a resume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RunFile {
    /// [`RUN_FORMAT`].
    pub format: u32,
    /// Name of the run's folder.
    pub id: String,
    /// Start, RFC 3339 in UTC.
    pub created: String,
    /// Version of the harness.
    pub harness: String,
    /// Git revision of the project, with `-dirty` where it applies; absent outside a checkout.
    pub revision: Option<String>,
    /// The command that made it, as typed.
    pub command_line: Vec<String>,
    /// `quick`, `standard` or `thorough`.
    pub profile: String,
    /// Everything random follows from it.
    pub seed: u64,
    /// Time budget of the whole run in nanoseconds, where the user gave one.
    pub budget_ns: Option<u64>,
    /// Parameter values that the user put in place of the definition's.
    pub overrides: BTreeMap<String, Vec<String>>,
    /// Names of the experiments, in order.
    pub experiments: Vec<String>,
    /// Claims by experiment, where only these were asked for; an experiment that is absent was run whole.
    #[serde(default)]
    pub only_claims: BTreeMap<String, BTreeSet<String>>,
    /// Go releases, oldest first.
    pub go_versions: Vec<String>,
    /// Whether the positive control was planned.
    pub control: bool,
    /// SHA-256 of each experiment's definition, by name.
    pub definitions: BTreeMap<String, String>,
    /// The machine.
    pub host: HostFacts,
    /// Programs that were built.
    pub builds: Vec<BuildReceipt>,
    /// What could not be found or built, and why; its claims are `not-run`.
    pub missing: Vec<String>,
}

/// Facts of the machine, read once. A field is absent where the system does not tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HostFacts {
    /// Operating system and kernel release.
    pub kernel: String,
    /// `x86_64`, `aarch64`.
    pub arch: String,
    /// CPU model as the kernel names it.
    pub cpu_model: String,
    /// CPU microcode revision.
    pub microcode: Option<String>,
    /// Logical CPUs this process may use.
    pub cpus: u32,
    /// Memory in bytes.
    pub memory: u64,
    /// Frequency governor of the first CPU.
    pub governor: Option<String>,
    /// Whether boost (turbo) is on.
    pub boost: Option<bool>,
    /// Hypervisor, where there is one; [`UNNAMED_HYPERVISOR`] where it does not give its name.
    pub hypervisor: Option<String>,
    /// CPU limit of the cgroup in CPUs.
    pub cgroup_cpus: Option<f64>,
    /// Memory limit of the cgroup in bytes.
    pub cgroup_memory: Option<u64>,
    /// Whether address space randomisation is on.
    pub aslr: Option<bool>,
    /// Transparent huge pages mode.
    pub huge_pages: Option<String>,
    /// The C library.
    pub libc: Option<String>,
    /// Smallest step and cost of a clock reading in nanoseconds.
    pub clock_step_ns: Option<f64>,
    /// Cost of one clock reading in nanoseconds.
    pub clock_cost_ns: Option<f64>,
}

/// What [`HostFacts::hypervisor`] holds where there is one that does not give its name.
pub const UNNAMED_HYPERVISOR: &str = "unnamed";

impl HostFacts {
    /// That this is no machine of its own, in words, where it is none.
    pub fn guest(&self) -> Option<String> {
        self.hypervisor.as_ref().map(|name| match name.as_str() {
            UNNAMED_HYPERVISOR => "virtual machine".to_owned(),
            name => format!("guest of {name}"),
        })
    }
}

impl HostFacts {
    /// What must be equal for two runs to be comparable: CPU, microcode, CPUs, kernel, governor.
    pub fn fingerprint(&self) -> String {
        format!(
            "{} / microcode {} / {} CPUs / {} / {} / governor {}",
            self.cpu_model,
            self.microcode.as_deref().unwrap_or("?"),
            self.cpus,
            self.kernel,
            self.arch,
            self.governor.as_deref().unwrap_or("none"),
        )
    }
}

/// How a program came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BuildReceipt {
    /// Experiment.
    pub experiment: String,
    /// Variant.
    pub variant: String,
    /// Compiler, e.g. `go1.27.3` or `rustc 1.95.0 (…)`.
    pub toolchain: String,
    /// The `go` line of the module it was built as.
    pub go_line: Option<String>,
    /// Flags, profile and features.
    pub flags: Vec<String>,
    /// SHA-256 over sources, flags and toolchain.
    pub inputs: String,
    /// SHA-256 of the binary.
    pub binary: String,
    /// SHA-256 of each further one, linked with its functions in another order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_layouts: Vec<String>,
    /// What the binary says of its own build (`go version -m`, settings by key).
    pub settings: BTreeMap<String, String>,
}

/// A control of the run's fitness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Control {
    /// Which control.
    pub kind: ControlKind,
    /// Experiment.
    pub experiment: String,
    /// What was compared.
    pub cell: CellKey,
    /// Ratio that was found; absent where the control did not run.
    pub ratio: Option<Estimate>,
    /// Whether it came out as it must.
    pub passed: bool,
    /// One sentence.
    pub says: String,
}

/// Which control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum ControlKind {
    /// The same cell twice: no difference may be found.
    Null,
    /// A known slow-down: it must be found.
    Positive,
}

/// Why a cell got no more invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum StopReason {
    /// Every claim on it is decided.
    Decided,
    /// Its interval is as narrow as the experiment asks.
    Precise,
    /// The number of blocks that was asked for is done.
    MaxBlocks,
    /// The time budget ended.
    Budget,
    /// It failed and was given up.
    Failed,
    /// The user stopped the run.
    Interrupted,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            StopReason::Decided => "decided",
            StopReason::Precise => "precise enough",
            StopReason::MaxBlocks => "all blocks done",
            StopReason::Budget => "out of budget",
            StopReason::Failed => "failed",
            StopReason::Interrupted => "interrupted",
        })
    }
}

/// A cell's end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CellStop {
    /// The cell.
    pub cell: CellKey,
    /// Usable invocations.
    pub invocations: u32,
    /// Why it stopped.
    pub reason: StopReason,
}

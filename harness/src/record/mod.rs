//! The shared vocabulary: what a program printed, what an invocation was, what was estimated and judged.
//!
//! Plain data with serde derives. Nothing here computes, reads or writes.

mod cell;
mod estimate;
mod invocation;
mod line;
mod run;
mod samples;
mod verdict;

pub use cell::CellKey;
pub use estimate::{Estimate, Scale, Warning};
pub use invocation::{
    Disturbance, INVOCATION_FORMAT, Invocation, InvocationId, NoiseDelta, ProbeEnd, RunEnd, Usage,
};
pub use line::{Hello, Histogram, Outcome, OutcomeValue, PROTOCOL, Phase, Record, Sample, Value};
pub use run::{
    BuildReceipt, CellStop, Control, ControlKind, HostFacts, RUN_FORMAT, RunFile, StopReason,
    UNNAMED_HYPERVISOR,
};
pub use samples::{Ops, Samples};
pub use verdict::{Evidence, Instead, VariantVerdict, Verdict, VerdictKind};

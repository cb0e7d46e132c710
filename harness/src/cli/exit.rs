//! Exit codes, in one list. `harness/docs/EXIT-CODES.md` is generated from it.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done; of `run` this says nothing about the verdicts.
    Fine,
    /// A verdict changed, or a figure got worse.
    Changed,
    /// The command line is wrong.
    Usage,
    /// A claim is undecided, under `--strict`.
    Inconclusive,
    /// A control failed.
    Unfit,
    /// Some invocations failed.
    InvocationsFailed,
    /// Something that the harness needs is not there.
    Setup,
    /// Nothing could be built.
    BuildFailed,
    /// Two runs that are not of the same thing.
    Incomparable,
    /// The user stopped the run.
    Interrupted,
}

/// Every exit code: what, number, meaning.
pub const EXITS: [(Exit, u8, &str); 10] = [
    (
        Exit::Fine,
        0,
        "Everything was done. Of `run` this says nothing about the verdicts: a refuted claim is a result, not a failure.",
    ),
    (
        Exit::Changed,
        1,
        "`verify`: the verdicts that a run wrote down do not follow from its journal. `compare`, `run --baseline`: a figure got worse by more than the margin, or a claim's verdict flipped.",
    ),
    (
        Exit::Usage,
        2,
        "The command line is wrong: an unknown name, a value that does not fit.",
    ),
    (
        Exit::Inconclusive,
        3,
        "`run --strict`: a claim is undecided, or a toolchain or program could not be had. `compare --strict`, `run --baseline --strict`: a comparison is inconclusive, or a claim is no longer decided or moved between confirmed and close. `calibrate --strict`: a comparison is undecided.",
    ),
    (
        Exit::Unfit,
        4,
        "`run`: a control failed, so the run is unfit and its verdicts are taken down; the report is written. `calibrate`: our probe disagrees with the tool that people trust, or with the yardstick.",
    ),
    (
        Exit::InvocationsFailed,
        5,
        "`run`: some invocations failed; the others count, and the report is written. `calibrate` likewise.",
    ),
    (
        Exit::Setup,
        6,
        "Something is missing or refused: a definition that does not load, no toolchain, a run that another harness holds, a file that cannot be written, a program or toolchain that vanished while it was measured (`--resume` goes on). `doctor`: a finding that prevents measuring.",
    ),
    (
        Exit::BuildFailed,
        7,
        "`run`: no program could be built. `calibrate`: one could not.",
    ),
    (
        Exit::Incomparable,
        8,
        "`compare`, `run --baseline`: the runs cannot be compared: another machine, or no cell in common. `run` says so before it measures.",
    ),
    (
        Exit::Interrupted,
        130,
        "`run`: stopped by Ctrl-C, SIGTERM or the end of its terminal; the journal is whole, the report covers what was measured, `--resume` goes on. `calibrate`: likewise, but it cannot be resumed.",
    ),
];

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        EXITS
            .iter()
            .find(|(exit, ..)| *exit == self)
            .map_or(1, |(_, code, _)| *code)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// An error that is the user's to mend on the command line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// The exit code of an error: usage errors are told apart, everything else is setup.
pub fn of_error(error: &anyhow::Error) -> Exit {
    let is_usage = error
        .chain()
        .any(|cause| cause.is::<UsageError>() || cause.is::<crate::plan::PlanError>());
    if is_usage { Exit::Usage } else { Exit::Setup }
}

//! The run folder: `run.json`, the journal, and the lock that keeps two harnesses apart.
//!
//! A kill at any moment loses at most the invocation in flight: `run.json` appears whole or not at all, and a
//! journal line counts once its newline is on the disk.

mod atomic;
mod format;
mod journal;
mod lock;
mod run;

use std::io;
use std::path::{Path, PathBuf};

pub use atomic::{write_atomic, write_derived};
pub use format::{FormatVersion, UnreadableFormat};
pub use journal::{Journal, JournalContents, TornLine};
pub use run::{ActiveRun, RunDir, RunEntry, create_unique, latest, list, run_id};

/// Why a run could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Not a run folder.
    #[error("{} is no run: it has no run.json (name a folder below results/runs)", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// A name that is no single folder name.
    #[error("`{id}` cannot be the name of a run's folder")]
    BadId {
        /// The name.
        id: String,
    },
    /// Another harness has the run.
    #[error(
        "run {run} is in use by {}; wait until it has ended, or stop it",
        pid.map_or("another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        /// The run's folder.
        run: String,
        /// Who holds the lock, where it says so.
        pid: Option<u32>,
    },
    /// A format that this harness does not know.
    #[error("cannot read {}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The versions.
        source: UnreadableFormat,
    },
    /// `run.json` is not what it should be.
    #[error("{} is damaged", path.display())]
    DamagedRunFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A line of the journal is not what it should be, and it is not the torn last one.
    #[error("{}:{line} is damaged; the lines around it may be good, but no run is judged without it", path.display())]
    DamagedJournal {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: u64,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Something could not be put in words.
    #[error("cannot encode {what}")]
    Encode {
        /// What.
        what: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl StoreError {
    /// Turns a system error into ours, for `map_err`.
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Io {
            action,
            path,
            source,
        }
    }
}

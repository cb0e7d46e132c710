//! The folder of a run.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;

use super::atomic::sync_folder;
use super::format::Versioned;
use super::lock::RunLock;
use super::{FormatVersion, Journal, JournalContents, StoreError, journal, write_atomic};
use crate::record::{Invocation, RunFile};

const RUN_FILE: &str = "run.json";
const JOURNAL_FILE: &str = "journal.jsonl";
/// Names of experiments in a folder's name; more would hit the limit of a file name.
const NAMED_EXPERIMENTS: usize = 3;

/// The name of a run's folder: `<UTC stamp>-<experiments, or "all">-<seed>`.
///
/// More than three experiments that are not all become their number.
pub fn run_id(created: Timestamp, experiments: &[String], all: bool, seed: u64) -> String {
    let stamp = created.strftime("%Y%m%dT%H%M%SZ");
    let what = if all {
        "all".to_owned()
    } else if experiments.len() > NAMED_EXPERIMENTS {
        format!("{}-experiments", experiments.len())
    } else {
        experiments.join("+")
    };
    format!("{stamp}-{what}-{seed}")
}

/// A run as it is on the disk, for reading.
#[derive(Clone, Debug)]
pub struct RunDir {
    path: PathBuf,
    run: RunFile,
}

impl RunDir {
    /// Makes the folder of a new run below `root` and takes its lock.
    ///
    /// The folder is named `run.id` (see [`run_id`]); where that is taken, `run.id` gets `-2`, `-3` ... behind
    /// it. `run.json` comes last: a folder that has it is whole.
    pub fn create(root: &Path, run: RunFile) -> Result<ActiveRun, StoreError> {
        Self::create_with(root, run, |_| Ok(()))
    }

    /// As [`RunDir::create`]; `fill` puts into the folder what belongs to a whole run, before it counts as one.
    ///
    /// # Errors
    /// Those of `create` and of `fill`.
    pub fn create_with<E: From<StoreError>>(
        root: &Path,
        mut run: RunFile,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<ActiveRun, E> {
        let mut parts = Path::new(&run.id).components();
        let plain =
            matches!(parts.next(), Some(Component::Normal(name)) if name == run.id.as_str());
        if !plain || parts.next().is_some() {
            return Err(StoreError::BadId { id: run.id }.into());
        }
        fs::create_dir_all(root).map_err(StoreError::io("create", root))?;
        let path = create_unique(root, &mut run.id)?;
        let lock = RunLock::take(&path)?;
        let journal = Journal::create(path.join(JOURNAL_FILE))?;
        let mut json = serde_json::to_vec_pretty(&run).map_err(|source| StoreError::Encode {
            what: RUN_FILE,
            source,
        })?;
        json.push(b'\n');
        fill(&path)?;
        write_atomic(&path.join(RUN_FILE), &json)?;
        sync_folder(root)?;
        Ok(ActiveRun {
            dir: RunDir { path, run },
            journal,
            _lock: lock,
        })
    }

    /// Opens the run in the folder `path` for reading. A run that is still going on can be read too.
    pub fn open(path: &Path) -> Result<RunDir, StoreError> {
        let file = path.join(RUN_FILE);
        let bytes = match fs::read(&file) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Err(StoreError::NoRun {
                    path: path.to_owned(),
                });
            }
            other => other.map_err(StoreError::io("read", &file))?,
        };
        let damaged = |source| StoreError::DamagedRunFile {
            path: file.clone(),
            source,
        };
        let versioned: Versioned = serde_json::from_slice(&bytes).map_err(damaged)?;
        versioned
            .format
            .check_readable_by(FormatVersion::RUN)
            .map_err(|source| StoreError::Format {
                path: file.clone(),
                source,
            })?;
        Ok(RunDir {
            path: path.to_owned(),
            run: serde_json::from_slice(&bytes).map_err(damaged)?,
        })
    }

    /// Takes the lock of the run in the folder `path` to go on with it; also gives what is already there.
    ///
    /// `run.json` stays as it is. A torn last line is cut off the journal.
    pub fn resume(path: &Path) -> Result<(ActiveRun, JournalContents), StoreError> {
        let dir = RunDir::open(path)?;
        // Before the journal is read: nobody may write between the two.
        let lock = RunLock::take(path)?;
        let contents = dir.journal()?;
        let journal = Journal::resume(path.join(JOURNAL_FILE), &contents)?;
        let active = ActiveRun {
            dir,
            journal,
            _lock: lock,
        };
        Ok((active, contents))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What `run.json` says.
    pub fn run(&self) -> &RunFile {
        &self.run
    }

    /// Reads the journal.
    pub fn journal(&self) -> Result<JournalContents, StoreError> {
        journal::read(&self.path.join(JOURNAL_FILE))
    }
}

/// A run that this process writes, and nobody else.
#[derive(Debug)]
pub struct ActiveRun {
    dir: RunDir,
    journal: Journal,
    _lock: RunLock,
}

impl ActiveRun {
    /// The run for reading.
    pub fn dir(&self) -> &RunDir {
        &self.dir
    }

    /// Waits until the journal is on the disk; see [`Journal::sync`].
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.journal.sync()
    }

    /// Adds an invocation to the journal; see [`Journal::append`].
    pub fn append(&mut self, invocation: &Invocation) -> Result<(), StoreError> {
        self.journal.append(invocation)
    }
}

/// A run's folder below a root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunEntry {
    /// The folder's name.
    pub id: String,
    /// The folder.
    pub path: PathBuf,
}

/// The runs below `root`, oldest first by the stamp in their names; none where `root` does not exist.
pub fn list(root: &Path) -> Result<Vec<RunEntry>, StoreError> {
    let failed = || StoreError::io("list", root);
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(failed())?,
    };
    let mut runs = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed())?.path();
        if path.join(RUN_FILE).is_file()
            && let Some(id) = path.file_name().and_then(OsStr::to_str)
        {
            runs.push(RunEntry {
                id: id.to_owned(),
                path,
            });
        }
    }
    runs.sort_unstable();
    Ok(runs)
}

/// The newest run below `root`, by the time in its `run.json`: a folder may have been renamed.
pub fn latest(root: &Path) -> Result<Option<RunEntry>, StoreError> {
    let created = |entry: &RunEntry| -> Option<String> {
        let text = fs::read(entry.path.join(RUN_FILE)).ok()?;
        let file: serde_json::Value = serde_json::from_slice(&text).ok()?;
        Some(file.get("created")?.as_str()?.to_owned())
    };
    Ok(list(root)?
        .into_iter()
        .max_by_key(|entry| (created(entry), entry.clone())))
}

/// Makes the folder `root/id`, or the first of `root/id-2`, `root/id-3` ... that is free; `id` becomes its name.
pub fn create_unique(root: &Path, id: &mut String) -> Result<PathBuf, StoreError> {
    let wanted = id.clone();
    let mut copy = 1;
    loop {
        let path = root.join(&*id);
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                copy += 1;
                *id = format!("{wanted}-{copy}");
            }
            Err(error) => return Err(StoreError::io("create", &path)(error)),
        }
    }
}

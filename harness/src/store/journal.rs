//! `journal.jsonl`: one line an invocation, appended, never changed.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::format::Versioned;
use super::{FormatVersion, StoreError};
use crate::record::Invocation;

/// What a journal holds.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalContents {
    /// Whole lines, in the order in which they were written.
    pub invocations: Vec<Invocation>,
    /// The last line, where it was being written when the harness was stopped.
    pub torn: Option<TornLine>,
}

/// A last line without its newline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TornLine {
    /// Its number, from 1.
    pub line: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// Where it begins: the length of everything that is whole.
    pub offset: u64,
}

impl fmt::Display for TornLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} of the journal is torn after {} bytes, as by a kill in the middle of writing; it is left out",
            self.line, self.bytes
        )
    }
}

/// Reads the journal `path`; changes nothing.
pub(super) fn read(path: &Path) -> Result<JournalContents, StoreError> {
    let bytes = std::fs::read(path).map_err(StoreError::io("read", path))?;
    let mut contents = JournalContents {
        invocations: Vec::new(),
        torn: None,
    };
    let mut offset = 0;
    for (line, number) in bytes.split_inclusive(|&b| b == b'\n').zip(1..) {
        let Some(whole) = line.strip_suffix(b"\n") else {
            contents.torn = Some(TornLine {
                line: number,
                bytes: line.len() as u64,
                offset,
            });
            break;
        };
        contents.invocations.push(decode(whole, path, number)?);
        offset += line.len() as u64;
    }
    Ok(contents)
}

fn decode(bytes: &[u8], path: &Path, line: u64) -> Result<Invocation, StoreError> {
    let damaged = |source| StoreError::DamagedJournal {
        path: path.to_owned(),
        line,
        source,
    };
    // The version first, and alone: a newer line is refused for its version, not for a field that moved.
    let versioned: Versioned = serde_json::from_slice(bytes).map_err(damaged)?;
    versioned
        .format
        .check_readable_by(FormatVersion::INVOCATION)
        .map_err(|source| StoreError::Format {
            path: format!("{}:{line}", path.display()).into(),
            source,
        })?;
    serde_json::from_slice(bytes).map_err(damaged)
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Length of everything that is whole.
    length: u64,
    /// A write failed, and what it left could not be taken back yet.
    torn: bool,
    /// When all that was written was last known to be on the disk.
    synced: Instant,
}

/// Longest time for which lines may be with the kernel only. A flush costs as much as several short invocations, and only a
/// crash of the machine needs it: what was written outlives the harness.
const SYNC_EVERY: Duration = Duration::from_secs(1);

impl Journal {
    /// Creates an empty one.
    pub(super) fn create(path: PathBuf) -> Result<Journal, StoreError> {
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)
            .map_err(StoreError::io("create", &path))?;
        Ok(Journal {
            file,
            path,
            length: 0,
            torn: false,
            synced: Instant::now(),
        })
    }

    /// Goes on with one that is there, of which `contents` was read; a torn last line is cut off.
    pub(super) fn resume(path: PathBuf, contents: &JournalContents) -> Result<Journal, StoreError> {
        let failed = || StoreError::io("go on with", &path);
        let file = OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(failed())?;
        let length = match contents.torn {
            Some(torn) => {
                file.set_len(torn.offset)
                    .and_then(|()| file.sync_all())
                    .map_err(failed())?;
                torn.offset
            }
            None => file.metadata().map_err(failed())?.len(),
        };
        Ok(Journal {
            file,
            path,
            length,
            torn: false,
            synced: Instant::now(),
        })
    }

    /// Adds an invocation. When it returns, the kernel has the line, so that no end of the harness loses it; once a second it is
    /// on the disk as well.
    ///
    /// After an error the journal is as before, so that appending may be tried again (when there is room on
    /// the disk).
    pub fn append(&mut self, invocation: &Invocation) -> Result<(), StoreError> {
        let mut line = serde_json::to_vec(invocation).map_err(|source| StoreError::Encode {
            what: "an invocation",
            source,
        })?;
        line.push(b'\n');
        if self.torn {
            self.take_back()?;
        }
        if let Err(source) = self.file.write_all(&line).and_then(|()| self.sync_if_due()) {
            self.torn = true;
            // Where this fails too, the next append tries again before it writes; the write's error is the
            // one that matters.
            drop(self.take_back());
            return Err(StoreError::io("write", &self.path)(source));
        }
        self.length += line.len() as u64;
        Ok(())
    }

    fn sync_if_due(&mut self) -> io::Result<()> {
        if self.synced.elapsed() >= SYNC_EVERY {
            self.file.sync_data()?;
            self.synced = Instant::now();
        }
        Ok(())
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// The disk's.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.file
            .sync_data()
            .map_err(StoreError::io("write", &self.path))?;
        self.synced = Instant::now();
        Ok(())
    }

    /// Cuts off what a failed write left.
    fn take_back(&mut self) -> Result<(), StoreError> {
        self.file
            .set_len(self.length)
            .map_err(StoreError::io("cut a torn line off", &self.path))?;
        self.torn = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_write_left_is_cut_off_before_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(path.clone()).unwrap();
        journal
            .file
            .write_all(b"{\"format\":1,\"id\":\"b0")
            .unwrap();
        journal.torn = true;
        journal.take_back().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        journal.file.write_all(b"{}\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{}\n", "no hole is left");
    }
}

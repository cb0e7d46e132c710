//! `journal.jsonl`: one line an invocation, appended, never changed.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::mem;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use flate2::bufread::MultiGzDecoder;

use super::format::Versioned;
use super::{FormatVersion, StoreError};
use crate::record::{INVOCATION_FORMAT, Invocation, Samples};

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

/// The suffix of a journal that was compressed with gzip, to be kept.
const COMPRESSED: &str = ".gz";

/// Opens the journal, or its compressed form where there is only that.
fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, StoreError> {
    let failed = StoreError::io("read", path);
    match File::open(path) {
        Ok(file) => Ok(Box::new(BufReader::with_capacity(BUFFER, file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut compressed = path.as_os_str().to_owned();
            compressed.push(COMPRESSED);
            // What is missing is the journal, whatever form it might have had.
            let file = File::open(compressed).map_err(|_| failed(error))?;
            let text = MultiGzDecoder::new(BufReader::with_capacity(BUFFER, file));
            Ok(Box::new(BufReader::with_capacity(BUFFER, text)))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Bytes read at once.
const BUFFER: usize = 1 << 18;

/// Reads the journal `path`; changes nothing.
pub(super) fn read(path: &Path) -> Result<JournalContents, StoreError> {
    let reader = open(path)?;
    let lines = Mutex::new(Lines {
        reader,
        number: 0,
        offset: 0,
        torn: None,
    });
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let decoded: Result<Vec<_>, StoreError> = thread::scope(|scope| {
        let others: Vec<_> = (1..workers.min(MOST_WORKERS))
            .map(|_| scope.spawn(|| decode_some(&lines, path)))
            .collect();
        let mut all = decode_some(&lines, path)?;
        for other in others {
            // A panic of a worker is one of ours.
            all.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(all)
    });
    let mut decoded = decoded?;
    decoded.sort_unstable_by_key(|(number, _)| *number);
    // The first of the damaged lines is the one to tell of.
    let invocations: Result<Vec<Invocation>, StoreError> =
        decoded.into_iter().map(|(_, decoded)| decoded).collect();
    Ok(JournalContents {
        invocations: invocations?,
        torn: lines
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .torn,
    })
}

/// More threads would wait for the disk, and each holds a line.
const MOST_WORKERS: usize = 4;

/// The lines of a journal as workers take them.
struct Lines<R> {
    reader: R,
    number: u64,
    offset: u64,
    torn: Option<TornLine>,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next whole line into `line`, without its newline; its number, or `None` at the end.
    fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
        line.clear();
        let bytes = self.reader.read_until(b'\n', line)? as u64;
        if bytes == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.pop_if(|last| *last == b'\n').is_none() {
            self.torn = Some(TornLine {
                line: self.number,
                bytes,
                offset: self.offset,
            });
            return Ok(None);
        }
        self.offset += bytes;
        Ok(Some(self.number))
    }
}

/// What a worker came to: invocations and damaged lines, by number.
type Decoded = Vec<(u64, Result<Invocation, StoreError>)>;

/// Decodes lines until there are none, or one is damaged.
fn decode_some<R: BufRead>(lines: &Mutex<Lines<R>>, path: &Path) -> Result<Decoded, StoreError> {
    let mut decoded = Vec::new();
    let mut line = Vec::new();
    loop {
        let number = lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next(&mut line)
            .map_err(StoreError::io("read", path))?;
        let Some(number) = number else {
            return Ok(decoded);
        };
        let found = decode(&line, path, number);
        let is_damaged = found.is_err();
        decoded.push((number, found));
        if is_damaged {
            return Ok(decoded);
        }
    }
}

fn decode(bytes: &[u8], path: &Path, line: u64) -> Result<Invocation, StoreError> {
    let damaged = |source| StoreError::DamagedJournal {
        path: path.to_owned(),
        line,
        source,
    };
    // The version first, and alone: a newer line is refused for its version, not for a field that moved.
    let Versioned { format } = match begins_with_current_version(bytes) {
        true => Versioned {
            format: FormatVersion::INVOCATION,
        },
        false => serde_json::from_slice(bytes).map_err(damaged)?,
    };
    format
        .check_readable_by(FormatVersion::INVOCATION)
        .map_err(|source| StoreError::Format {
            path: format!("{}:{line}", path.display()).into(),
            source,
        })?;
    let mut invocation: Invocation = serde_json::from_slice(bytes).map_err(damaged)?;
    // Format 1 had samples among the records.
    let records = mem::take(&mut invocation.records);
    invocation.take_records(records);
    invocation.format = INVOCATION_FORMAT;
    if !invocation.samples.iter().all(Samples::is_whole) {
        return Err(damaged(serde::de::Error::custom(
            "columns of samples differ in length",
        )));
    }
    Ok(invocation)
}

/// Whether a line says its version in the way this harness writes it, which saves parsing a long line twice.
fn begins_with_current_version(bytes: &[u8]) -> bool {
    bytes
        .strip_prefix(br#"{"format":"#)
        .and_then(|rest| rest.strip_prefix(INVOCATION_FORMAT.to_string().as_bytes()))
        .is_some_and(|rest| rest.starts_with(b","))
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

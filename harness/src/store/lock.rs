//! One harness a run.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::StoreError;

/// Name of the lock file in a run's folder.
pub(super) const FILE: &str = "lock";

/// Holds a run. The kernel lets it go when the process ends, however it ends: a stale lock does not exist.
#[derive(Debug)]
pub(super) struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the run in `folder`, or says who has it.
    pub(super) fn take(folder: &Path) -> Result<RunLock, StoreError> {
        let path = folder.join(FILE);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Who holds it is a kindness; that it is held is known without.
                let pid = file
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.trim().parse().ok());
                return Err(StoreError::Locked {
                    run: folder.display().to_string(),
                    pid,
                });
            }
            Err(TryLockError::Error(source)) => {
                return Err(StoreError::io("lock", &path)(source));
            }
        }
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| writeln!(file, "{}", std::process::id()))
            .map_err(StoreError::io("write", &path))?;
        Ok(RunLock { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_with_the_run_and_the_holder_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "99999999 stale and longer\n").unwrap();
        let first = RunLock::take(folder.path()).unwrap();
        let error = RunLock::take(folder.path()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(&folder.path().display().to_string()),
            "{text}"
        );
        assert!(
            text.contains(&format!("process {};", std::process::id())),
            "{text}"
        );
        drop(first);
        // A child that another test is just starting holds a copy of every open file until its exec.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while RunLock::take(folder.path()).is_err() {
            assert!(
                std::time::Instant::now() < deadline,
                "the lock was never let go"
            );
            std::thread::yield_now();
        }
    }
}

//! Files that appear whole or not at all.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

use super::StoreError;

/// Writes `bytes` as the file `path`, in place of one that is there.
///
/// A reader, or a kill at any moment, finds the old file or the new one, never a part. When it returns, the
/// file is on the disk.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = folder_of(path);
    let mut temporary = temporary_in(folder)?;
    temporary
        .write_all(bytes)
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(StoreError::io("write", path))?;
    persist(temporary, path)?;
    sync_folder(folder)
}

/// As [`write_atomic`], for a file that can be made again from others: its content comes piece by piece, and nobody waits
/// for the disk, so that a power cut (not a kill) may lose it.
pub fn write_derived(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    let temporary = temporary_in(folder_of(path))?;
    let mut out = BufWriter::new(temporary.as_file());
    content(&mut out)
        .and_then(|()| out.flush())
        .map_err(StoreError::io("write", path))?;
    drop(out);
    persist(temporary, path)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn temporary_in(folder: &Path) -> Result<NamedTempFile, StoreError> {
    // The same folder, hence the same file system: a rename across two is a copy.
    tempfile::Builder::new()
        .prefix(".tmp-")
        // As for any new file: the umask takes its share.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(StoreError::io("create a temporary file in", folder))
}

fn persist(temporary: NamedTempFile, path: &Path) -> Result<(), StoreError> {
    temporary
        .persist(path)
        .map(drop)
        .map_err(|error| StoreError::io("write", path)(error.error))
}

/// Makes new names in `folder` outlive a power cut.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(StoreError::io("write to disk the folder", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("estimates.csv");
        for text in ["a longer first version", "second"] {
            write_atomic(&path, text.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o400, 0o400);
        assert_eq!(mode & 0o111, 0, "a document is not executable");
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        std::fs::create_dir(&path).unwrap();
        let error = write_atomic(&path, b"x").unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

//! The key of a build: SHA-256 over everything that goes into it.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Takes named fields in order. Names and lengths are hashed too, so that no two lists of fields read
/// the same.
pub(crate) struct Key(Sha256);

impl Key {
    /// A key of the given kind; raise the number in it to invalidate every older build.
    pub(crate) fn new(kind: &str) -> Self {
        let mut key = Key(Sha256::new());
        key.field("kind", kind);
        key
    }

    pub(crate) fn field(&mut self, name: &str, value: impl AsRef<[u8]>) {
        for part in [name.as_bytes(), value.as_ref()] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    pub(crate) fn file(&mut self, name: &str, path: &Path) -> io::Result<()> {
        self.field(name, fs::read(path)?);
        Ok(())
    }

    /// Every file below `folder`, in sorted order. Entries that start with a dot are no
    /// sources: editors put their swap files there.
    pub(crate) fn tree(&mut self, name: &str, folder: &Path) -> io::Result<()> {
        let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file_name = entry.file_name();
            let file_name = file_name.to_string_lossy();
            if file_name.starts_with('.') {
                continue;
            }
            let name = format!("{name}/{file_name}");
            if entry.file_type()?.is_dir() {
                self.tree(&name, &entry.path())?;
            } else if entry.path().is_file() {
                self.file(&name, &entry.path())?;
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// SHA-256 of a file, in hexadecimal digits.
pub(crate) fn hash_file(path: &Path) -> io::Result<String> {
    let mut sha = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(hex(&sha.finalize())),
            n => sha.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_sha256sum_does() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("abc");
        fs::write(&file, "abc").unwrap();
        assert_eq!(
            hash_file(&file).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_boundary_between_fields_counts() {
        let key = |fields: [(&str, &str); 2]| {
            let mut key = Key::new("test");
            for (name, value) in fields {
                key.field(name, value);
            }
            key.finish()
        };
        assert_ne!(key([("a", "bc"), ("d", "")]), key([("a", "b"), ("cd", "")]));
    }

    #[test]
    fn a_tree_changes_with_contents_and_names_but_not_with_hidden_files() {
        let dir = tempfile::tempdir().unwrap();
        let tree = || {
            let mut key = Key::new("test");
            key.tree("src", dir.path()).unwrap();
            key.finish()
        };
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("sub/a"), "1").unwrap();
        let first = tree();
        fs::write(dir.path().join(".a.swp"), "x").unwrap();
        assert_eq!(tree(), first);
        fs::write(dir.path().join("sub/a"), "2").unwrap();
        let second = tree();
        assert_ne!(second, first);
        fs::rename(dir.path().join("sub/a"), dir.path().join("sub/b")).unwrap();
        assert_ne!(tree(), second);
    }
}

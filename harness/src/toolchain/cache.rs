//! The cache directory: everything that can be made again.
//!
//! ```text
//! <cache>/
//!   go/<version>/      GOROOT of a release that the harness installed
//!   builds/<hash>/     program, receipt.json and the generated go.mod of one build
//!   builds/<hash>.log  the compiler's output, where that build failed
//!   go-build/          GOCACHE of every Go build
//!   go-path/           GOPATH of every Go build: modules that a program requires
//!   rust-target/       target directory of every Rust build
//!   staging.lock       held by every harness that fills the cache
//! ```
//!
//! Entries of `go` and `builds` appear by rename from a staging folder beside them, so that a reader
//! never sees half of one and two harnesses may fill the same cache. A harness that is killed leaves its
//! staging folder behind; the next one removes it, once nobody holds the lock.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::GoVersion;

/// How the name of a staging folder begins.
const STAGING: &str = ".staging-";

/// File whose lock says that staging folders are in use.
const STAGING_LOCK: &str = "staging.lock";

/// A cache directory. It need not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    root: PathBuf,
}

/// What is wrong with the cache directory.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// No variable says where it could be.
    #[error("no place for the cache: none of HARNESS_CACHE_DIR, XDG_CACHE_HOME and HOME is set")]
    NoPlace,
    /// It can't be written.
    #[error("can't write to the cache at {path} (set HARNESS_CACHE_DIR to another folder)")]
    Unwritable {
        /// The folder or file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl CacheError {
    /// Makes an I/O error at `path` one of the cache.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> CacheError + '_ {
        move |source| CacheError::Unwritable {
            path: path.to_owned(),
            source,
        }
    }
}

impl Cache {
    /// A cache at `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Cache { root: root.into() }
    }

    /// `$HARNESS_CACHE_DIR`, else `$XDG_CACHE_HOME/harness`, else `~/.cache/harness`.
    pub fn from_env() -> Result<Self, CacheError> {
        Self::choose(
            env::var_os("HARNESS_CACHE_DIR"),
            env::var_os("XDG_CACHE_HOME"),
            env::var_os("HOME"),
        )
    }

    fn choose(
        own: Option<OsString>,
        xdg: Option<OsString>,
        home: Option<OsString>,
    ) -> Result<Self, CacheError> {
        let folder = |value: Option<OsString>| value.filter(|v| !v.is_empty()).map(PathBuf::from);
        if let Some(own) = folder(own) {
            // Children run in other folders, so a relative path would change its meaning.
            return Ok(Cache::at(std::path::absolute(&own).unwrap_or(own)));
        }
        // The XDG base directory specification says to ignore a relative path.
        folder(xdg)
            .filter(|path| path.is_absolute())
            .or_else(|| folder(home).map(|home| home.join(".cache")))
            .map(|base| Cache::at(base.join("harness")))
            .ok_or(CacheError::NoPlace)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Folder of the installed Go releases.
    pub fn go_releases(&self) -> PathBuf {
        self.root.join("go")
    }

    /// GOROOT of an installed release.
    pub fn go_release(&self, version: GoVersion) -> PathBuf {
        self.go_releases().join(version.to_string())
    }

    /// Folder of the builds.
    pub fn builds(&self) -> PathBuf {
        self.root.join("builds")
    }

    /// Folder of the build with this hash of its inputs.
    pub fn build(&self, hash: &str) -> PathBuf {
        self.builds().join(hash)
    }

    /// GOCACHE.
    pub fn go_build(&self) -> PathBuf {
        self.root.join("go-build")
    }

    /// GOPATH.
    pub fn go_path(&self) -> PathBuf {
        self.root.join("go-path")
    }

    /// Cargo's target directory.
    pub fn rust_target(&self) -> PathBuf {
        self.root.join("rust-target")
    }

    /// Whether the cache can be written, tried with a file.
    pub fn check_writable(&self) -> Result<(), CacheError> {
        create_dir(&self.root)?;
        tempfile::tempfile_in(&self.root)
            .map(drop)
            .map_err(CacheError::at(&self.root))
    }

    /// An empty folder inside `parent` that vanishes unless it is [published](Self::publish).
    pub(crate) fn stage(&self, parent: &Path) -> Result<Stage, CacheError> {
        create_dir(parent)?;
        let lock = self.root.join(STAGING_LOCK);
        let owner = self.own().map_err(CacheError::at(&lock))?;
        let folder = tempfile::Builder::new()
            .prefix(STAGING)
            .tempdir_in(parent)
            .map_err(CacheError::at(parent))?;
        Ok(Stage {
            folder,
            _owner: owner,
        })
    }

    /// Removes the staging folders that a killed harness left, if no other is filling the cache. What can't be removed
    /// stays: it takes room, and is in nobody's way.
    pub fn remove_abandoned(&self) {
        if self.root.is_dir() {
            drop(self.own());
        }
    }

    /// The lock, shared with others that fill the cache. Whoever is the first of them removes what was abandoned.
    fn own(&self) -> io::Result<File> {
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.root.join(STAGING_LOCK))?;
        if lock.try_lock().is_ok() {
            for parent in [self.builds(), self.go_releases()] {
                remove_staging(&parent);
            }
            lock.unlock()?;
        }
        // Fails on a file system without locks, where nobody can be alone and nothing is ever removed.
        let _ = lock.lock_shared();
        Ok(lock)
    }

    /// Gives a finished folder its final name. Where another process was faster, `is_good` decides
    /// whether its entry stays; an entry that is not good is replaced.
    pub(crate) fn publish(
        &self,
        finished: &Path,
        entry: &Path,
        is_good: impl Fn(&Path) -> bool,
    ) -> Result<(), CacheError> {
        let first = match fs::rename(finished, entry) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if !entry.exists() {
            return Err(CacheError::at(entry)(first));
        }
        if is_good(entry) {
            return Ok(());
        }
        let parent = entry.parent().unwrap_or(&self.root);
        let broken = self.stage(parent)?;
        let moved = fs::rename(entry, broken.path().join("broken"))
            .and_then(|()| fs::rename(finished, entry));
        match moved {
            Ok(()) => Ok(()),
            // Lost the race for the repair as well; fine if the winner's entry is good.
            Err(_) if is_good(entry) => Ok(()),
            Err(error) => Err(CacheError::at(entry)(error)),
        }
    }
}

/// A folder that is being filled.
#[derive(Debug)]
pub(crate) struct Stage {
    folder: tempfile::TempDir,
    _owner: File,
}

impl Stage {
    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn remove_staging(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with(STAGING) {
            // The next harness tries again.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn create_dir(path: &Path) -> Result<(), CacheError> {
    fs::create_dir_all(path).map_err(CacheError::at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(text: &str) -> Option<OsString> {
        Some(text.into())
    }

    #[test]
    fn the_most_specific_variable_wins() {
        let choose = |own, xdg, home| Cache::choose(own, xdg, home).unwrap();
        assert_eq!(choose(os("/a"), os("/b"), os("/c")).root(), Path::new("/a"));
        assert_eq!(
            choose(os(""), os("/b"), os("/c")).root(),
            Path::new("/b/harness")
        );
        assert_eq!(
            choose(None, os("relative"), os("/c")).root(),
            Path::new("/c/.cache/harness")
        );
        assert!(matches!(
            Cache::choose(None, None, None),
            Err(CacheError::NoPlace)
        ));
    }

    #[test]
    fn publishing_keeps_a_good_entry_and_replaces_a_broken_one() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path());
        let entry = cache.build("abc");
        let is_good = |path: &Path| path.join("receipt").exists();
        let staged = |content: &str| {
            let stage = cache.stage(&cache.builds()).unwrap();
            fs::create_dir(stage.path().join("out")).unwrap();
            fs::write(stage.path().join("out/receipt"), content).unwrap();
            stage
        };
        let publish = |content: &str| {
            let stage = staged(content);
            cache
                .publish(&stage.path().join("out"), &entry, is_good)
                .unwrap();
        };
        publish("first");
        publish("second");
        assert_eq!(fs::read_to_string(entry.join("receipt")).unwrap(), "first");

        fs::remove_file(entry.join("receipt")).unwrap();
        fs::write(entry.join("half"), "").unwrap();
        publish("third");
        assert_eq!(fs::read_to_string(entry.join("receipt")).unwrap(), "third");
        assert!(!entry.join("half").exists());
        let left: Vec<_> = fs::read_dir(cache.builds()).unwrap().collect();
        assert_eq!(left.len(), 1, "staging folders are gone");
    }

    #[test]
    fn what_a_killed_harness_left_is_removed_once_no_other_is_at_work() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path());
        let abandoned = cache.go_releases().join(".staging-dead");
        let at_work = cache.stage(&cache.builds()).unwrap();
        fs::create_dir_all(abandoned.join("wheel")).unwrap();
        let other = cache.stage(&cache.go_releases()).unwrap();
        assert!(abandoned.is_dir(), "it could be that of a third one");
        assert!(at_work.path().is_dir());
        drop((at_work, other));

        let next = cache.stage(&cache.builds()).unwrap();
        assert!(!abandoned.exists());
        assert!(next.path().is_dir());

        drop(next);
        fs::create_dir_all(&abandoned).unwrap();
        cache.remove_abandoned();
        assert!(!abandoned.exists());
    }

    #[test]
    fn an_unwritable_cache_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(Cache::at(dir.path()).check_writable().is_ok());
        assert!(Cache::at(file.join("below")).check_writable().is_err());
    }
}

//! The project: where the programs and the definitions are.

use std::path::{Path, PathBuf};

/// The project's root folder: the one with `Cargo.toml`, `harness/experiments` and `go-programs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    root: PathBuf,
}

/// There is no project here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no project found in {start} or above, nor at {fallback} \
     (run the harness inside its checkout: a folder with Cargo.toml, harness/experiments and go-programs)"
)]
pub struct ProjectError {
    start: PathBuf,
    fallback: PathBuf,
}

impl Project {
    /// Searches `start` and the folders above it, then the checkout that this binary was built from.
    pub fn find(start: &Path) -> Result<Self, ProjectError> {
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .unwrap_or(Path::new("/"));
        Self::find_or(start, built_from)
    }

    fn find_or(start: &Path, fallback: &Path) -> Result<Self, ProjectError> {
        start
            .ancestors()
            .chain([fallback])
            .find(|folder| is_root(folder))
            .map(Project::at)
            .ok_or_else(|| ProjectError {
                start: start.to_owned(),
                fallback: fallback.to_owned(),
            })
    }

    /// The project at `root`, unchecked.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Project { root: root.into() }
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Folder of the definitions.
    pub fn experiments(&self) -> PathBuf {
        self.root.join("harness/experiments")
    }

    /// Folder of the Go programs.
    pub fn go_programs(&self) -> PathBuf {
        self.root.join("go-programs")
    }

    /// Folder of the Rust programs.
    pub fn rust_equivalents(&self) -> PathBuf {
        self.root.join("rust-equivalents")
    }
}

fn is_root(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file()
        && folder.join("harness/experiments").is_dir()
        && folder.join("go-programs").is_dir()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn searches_upward_then_where_it_was_built() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("checkout");
        let inner = root.join("harness/experiments");
        fs::create_dir_all(&inner).unwrap();
        fs::create_dir(root.join("go-programs")).unwrap();
        let elsewhere = dir.path().join("elsewhere");

        assert!(Project::find_or(&inner, &elsewhere).is_err());
        fs::write(root.join("Cargo.toml"), "").unwrap();
        assert_eq!(
            Project::find_or(&inner, &elsewhere).unwrap(),
            Project::at(&root)
        );
        assert_eq!(
            Project::find_or(&elsewhere, &root).unwrap(),
            Project::at(&root)
        );
        let error = Project::find_or(&elsewhere, &elsewhere)
            .unwrap_err()
            .to_string();
        assert!(error.contains("elsewhere"), "{error}");
    }
}

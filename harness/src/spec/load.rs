//! From a definition file to the checked model. All problems of a file are reported, not only the first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::check;
use super::convert::Converter;
use super::locate::{KeyPath, line_of, locate};
use super::model::Experiment;
use super::wire::{SPEC_FORMAT, WireExperiment};

/// A problem of a definition file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {key}{}{message}", file.display(), if key.is_empty() { "" } else { ": " })]
pub struct SpecError {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Key path, e.g. `claims[2].figures[0].expect`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A problem before its line is known.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) path: KeyPath,
    pub(super) message: String,
}

/// Why definitions could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or the folder could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Definitions are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<SpecError>),
}

/// Where the programs of definitions live.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The folder `go-programs`.
    pub go_programs: PathBuf,
    /// The folder `rust-equivalents`.
    pub rust_equivalents: PathBuf,
}

/// Loads every `*.toml` of a folder, sorted by name.
///
/// # Errors
/// [`LoadError::Invalid`] with all problems of all files; a claim id that stands in two files is one of them.
pub fn load_all(folder: &Path, sources: &Sources) -> Result<Vec<Experiment>, LoadError> {
    let io = |source| LoadError::Io {
        path: folder.to_owned(),
        source,
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(io)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()
        .map_err(io)?;
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let mut experiments: Vec<Experiment> = Vec::new();
    let mut problems = Vec::new();
    let mut owners: BTreeMap<String, PathBuf> = BTreeMap::new();
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|source| LoadError::Io {
            path: file.clone(),
            source,
        })?;
        match load_text(file, &text, sources) {
            Ok(experiment) => {
                for (i, claim) in experiment.claims.iter().enumerate() {
                    for id in std::iter::once(&claim.id).chain(&claim.also) {
                        if let Some(other) = owners.insert(id.clone(), file.clone()) {
                            if other == *file {
                                continue;
                            }
                            let path = KeyPath::default().key("claims").index(i).key("id");
                            problems.push(SpecError {
                                file: file.clone(),
                                line: locate(&text, &path),
                                key: path.to_string(),
                                message: format!("claim `{id}` also stands in {}", other.display()),
                            });
                        }
                    }
                }
                experiments.push(experiment);
            }
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        Ok(experiments)
    } else {
        Err(LoadError::Invalid(problems))
    }
}

/// Loads the text of one definition.
///
/// # Errors
/// All problems that were found, each with its line and key.
pub fn load_text(file: &Path, text: &str, sources: &Sources) -> Result<Experiment, Vec<SpecError>> {
    let wire = parse(file, text).map_err(|error| vec![error])?;
    let at = |problem: Problem| SpecError {
        file: file.to_owned(),
        line: locate(text, &problem.path),
        key: problem.path.to_string(),
        message: problem.message,
    };
    let name = file
        .file_stem()
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut converter = Converter::default();
    let experiment = converter.experiment(name, file, wire);
    let mut problems = converter.problems;
    if problems.is_empty() {
        problems = check::check(&experiment, sources);
    }
    if problems.is_empty() {
        Ok(experiment)
    } else {
        Err(problems.into_iter().map(at).collect())
    }
}

fn parse(file: &Path, text: &str) -> Result<WireExperiment, SpecError> {
    let fail = |line, key: String, message: String| SpecError {
        file: file.to_owned(),
        line,
        key,
        message,
    };
    let whole = |error: &toml::de::Error, key: String| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let message = error
            .message()
            .lines()
            .next()
            .unwrap_or("invalid TOML")
            .to_owned();
        fail(line, key, message)
    };
    let deserializer =
        toml::Deserializer::parse(text).map_err(|error| whole(&error, String::new()))?;
    let wire: WireExperiment = serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        whole(
            error.inner(),
            if path == "." { String::new() } else { path },
        )
    })?;
    if wire.format != SPEC_FORMAT {
        let path = KeyPath::default().key("format");
        return Err(fail(
            locate(text, &path),
            path.to_string(),
            format!(
                "format {} is not known, this harness reads {SPEC_FORMAT}",
                wire.format
            ),
        ));
    }
    Ok(wire)
}

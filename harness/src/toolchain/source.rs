//! Source probes: a constant or a structure, read from a toolchain's own source.

use std::fs;
use std::io;
use std::path::PathBuf;

use regex::RegexBuilder;

use super::GoToolchain;
use crate::record::{Outcome, OutcomeValue, Record};
use crate::spec::SourceProbe;

/// The outcome of a pattern that matches nowhere. It says that the pattern has aged, not that the
/// claim is wrong.
pub const NOT_FOUND: &str = "not found in this release";

/// Why a source probe could not be answered at all.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The pattern is no regular expression.
    #[error("source probe `{key}`: bad pattern")]
    Pattern {
        /// The probe.
        key: String,
        /// What is wrong with it.
        source: Box<regex::Error>,
    },
    /// A file is there and can't be read.
    #[error("source probe `{key}`: can't read {path}")]
    Read {
        /// The probe.
        key: String,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// Looks a pattern up in the toolchain's source: the first file that exists and matches wins. The
/// value is the first capture group, `found` where the pattern has no group, or [`NOT_FOUND`].
pub fn look_up(toolchain: &GoToolchain, probe: &SourceProbe) -> Result<Record, SourceError> {
    let pattern = RegexBuilder::new(&probe.pattern)
        .multi_line(true)
        .build()
        .map_err(|source| SourceError::Pattern {
            key: probe.key.clone(),
            source: Box::new(source),
        })?;
    let mut value = NOT_FOUND.to_owned();
    for file in &probe.files {
        let path = toolchain.goroot.join(file);
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            // Files move between releases; that is why a probe names several.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => {
                return Err(SourceError::Read {
                    key: probe.key.clone(),
                    path,
                    source,
                });
            }
        };
        if let Some(captures) = pattern.captures(&text) {
            value = match captures.get(1) {
                Some(group) => group.as_str().to_owned(),
                None => "found".to_owned(),
            };
            break;
        }
    }
    Ok(Record::Outcome(Outcome {
        key: probe.key.clone(),
        value: OutcomeValue::Text(value),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::{GoVersion, Origin};

    fn value(files: &[&str], pattern: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let runtime = dir.path().join("src/runtime");
        fs::create_dir_all(&runtime).unwrap();
        fs::write(
            runtime.join("stack.go"),
            "package runtime\n\nconst (\n\tstackMin = 2048\n)\n",
        )
        .unwrap();
        fs::write(runtime.join("proc.go"), "// forcePreemptNS is 10ms\n").unwrap();
        let toolchain = GoToolchain {
            version: GoVersion::new(1, 27, 3),
            goroot: dir.path().to_owned(),
            origin: Origin::Cache,
        };
        let probe = SourceProbe {
            key: "stack-min".to_owned(),
            files: files.iter().map(ToString::to_string).collect(),
            pattern: pattern.to_owned(),
        };
        match look_up(&toolchain, &probe).unwrap() {
            Record::Outcome(Outcome {
                value: OutcomeValue::Text(text),
                ..
            }) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn takes_the_group_of_the_first_file_that_matches() {
        let files = [
            "src/runtime/gone.go",
            "src/runtime/proc.go",
            "src/runtime/stack.go",
        ];
        assert_eq!(value(&files, r"^\s*stackMin\s*=\s*(\d+)$"), "2048");
        assert_eq!(value(&files, r"stackMin\s*=\s*\d+"), "found");
        assert_eq!(value(&files, r"stackMax = (\d+)"), NOT_FOUND);
        assert_eq!(value(&["src/runtime/gone.go"], "x"), NOT_FOUND);
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let toolchain = GoToolchain {
            version: GoVersion::new(1, 27, 3),
            goroot: PathBuf::from("/nowhere"),
            origin: Origin::Cache,
        };
        let probe = SourceProbe {
            key: "k".to_owned(),
            files: vec![],
            pattern: "(".to_owned(),
        };
        let error = look_up(&toolchain, &probe).unwrap_err();
        assert!(error.to_string().contains("`k`"), "{error}");
    }
}

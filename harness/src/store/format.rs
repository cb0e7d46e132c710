//! Versions of the files of a run.

use std::fmt;

use serde::Deserialize;

use crate::record::{INVOCATION_FORMAT, RUN_FORMAT};

/// Version of a file format. It goes up when an older harness would misread the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct FormatVersion(u32);

impl FormatVersion {
    /// What this harness writes as `run.json`.
    pub const RUN: FormatVersion = FormatVersion(RUN_FORMAT);
    /// What this harness writes as a line of the journal.
    pub const INVOCATION: FormatVersion = FormatVersion(INVOCATION_FORMAT);

    /// Refuses a file of this version where `reader` is all that is known.
    pub fn check_readable_by(self, reader: FormatVersion) -> Result<(), UnreadableFormat> {
        if self > reader {
            Err(UnreadableFormat::Newer {
                found: self,
                known: reader,
            })
        } else if self.0 == 0 {
            Err(UnreadableFormat::Zero)
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a version is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableFormat {
    /// A later harness wrote it.
    #[error("it has format {found}, this harness reads up to format {known}: use a newer harness")]
    Newer {
        /// The file's.
        found: FormatVersion,
        /// The latest that we know.
        known: FormatVersion,
    },
    /// Versions count from 1.
    #[error("it has format 0, which never was: the file is damaged")]
    Zero,
}

/// The one field that every version of every format has.
#[derive(Deserialize)]
pub(super) struct Versioned {
    pub(super) format: FormatVersion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_format_is_refused_naming_both() {
        let error = FormatVersion(8).check_readable_by(FormatVersion(7));
        let text = error.unwrap_err().to_string();
        assert!(
            text.contains("format 8") && text.contains("format 7"),
            "{text}"
        );
    }

    #[test]
    fn the_same_and_older_ones_are_read_but_not_zero() {
        assert_eq!(FormatVersion(7).check_readable_by(FormatVersion(7)), Ok(()));
        assert_eq!(FormatVersion(1).check_readable_by(FormatVersion(7)), Ok(()));
        assert_eq!(
            FormatVersion(0).check_readable_by(FormatVersion(7)),
            Err(UnreadableFormat::Zero)
        );
    }
}

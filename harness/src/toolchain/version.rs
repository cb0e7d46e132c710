//! Release numbers of Go, as `GOROOT/VERSION` and users write them.

use std::fmt;
use std::str::FromStr;

/// How finished a release is; the order is that of their appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// `1.26beta1`.
    Beta(u32),
    /// `1.26rc1`.
    Candidate(u32),
    /// A release proper.
    Release,
}

/// A Go release. Ordered by age: `1.26rc1 < 1.26.0 < 1.26.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoVersion {
    /// `1`.
    pub major: u32,
    /// The release line.
    pub minor: u32,
    /// The patch; 0 for the first release and for everything before it.
    pub patch: u32,
    /// How finished it is.
    pub stage: Stage,
}

impl GoVersion {
    /// The release `major.minor.patch`.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        GoVersion {
            major,
            minor,
            patch,
            stage: Stage::Release,
        }
    }

    /// `(1, 27)`, the release line.
    pub fn line(self) -> (u32, u32) {
        (self.major, self.minor)
    }

    /// The language version, as the `go` line of a go.mod takes it: `1.27`.
    pub fn language(self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GoVersion {
            major,
            minor,
            patch,
            stage,
        } = self;
        let text = match stage {
            Stage::Beta(n) => format!("{major}.{minor}beta{n}"),
            Stage::Candidate(n) => format!("{major}.{minor}rc{n}"),
            // Go 1.21 was the first line whose first release was called `.0`.
            Stage::Release if *patch == 0 && *minor < 21 => format!("{major}.{minor}"),
            Stage::Release => format!("{major}.{minor}.{patch}"),
        };
        f.pad(&text)
    }
}

/// Why a text is no release number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// A build between releases: it has no place in an order of releases.
    #[error("`{0}` is a development version of Go, not a release (use a released toolchain)")]
    Development(String),
    /// Anything else.
    #[error("`{0}` is not a Go release (write e.g. `1.27` or `1.27.3`)")]
    Malformed(String),
}

impl FromStr for GoVersion {
    type Err = VersionError;

    /// Reads `go1.27.3`, `1.27.3`, `go1.20`, `go1.26rc1`; a vendor's suffix (`go1.27.3-acme`,
    /// `go1.27.3 X:nogreenteagc`) is ignored.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || VersionError::Malformed(text.to_owned());
        let word = text.split_whitespace().next().ok_or_else(malformed)?;
        if word == "devel" || word.contains("-devel") {
            return Err(VersionError::Development(text.trim().to_owned()));
        }
        let (release, _vendor) = word.split_once('-').unwrap_or((word, ""));
        let mut parts = release.strip_prefix("go").unwrap_or(release).splitn(3, '.');
        let major = number(parts.next()).ok_or_else(malformed)?;
        let minor_text = parts.next().ok_or_else(malformed)?;
        let patch_text = parts.next();
        let staged = |mark: &str, stage: fn(u32) -> Stage| {
            let (minor, n) = minor_text.split_once(mark)?;
            Some((number(Some(minor))?, stage(number(Some(n))?)))
        };
        let (minor, stage) = staged("rc", Stage::Candidate)
            .or_else(|| staged("beta", Stage::Beta))
            .or_else(|| Some((number(Some(minor_text))?, Stage::Release)))
            .ok_or_else(malformed)?;
        let patch = match patch_text {
            None => 0,
            Some(_) if stage != Stage::Release => return Err(malformed()),
            some => number(some).ok_or_else(malformed)?,
        };
        Ok(GoVersion {
            major,
            minor,
            patch,
            stage,
        })
    }
}

/// Digits only: `u32::from_str` would take a sign too.
fn number(text: Option<&str>) -> Option<u32> {
    let text = text?;
    if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// What a user asks for: a release line, or one release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VersionRequest {
    /// `1.24`: the newest patch of the line that is there.
    Line {
        /// `1`.
        major: u32,
        /// `24`.
        minor: u32,
    },
    /// `1.24.11` or `1.26rc1`: this one only.
    Exact(GoVersion),
}

impl VersionRequest {
    /// Whether `version` answers the request.
    pub fn matches(self, version: GoVersion) -> bool {
        match self {
            VersionRequest::Line { major, minor } => version.line() == (major, minor),
            VersionRequest::Exact(exact) => version == exact,
        }
    }
}

impl fmt::Display for VersionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VersionRequest::Line { major, minor } => f.pad(&format!("{major}.{minor}")),
            VersionRequest::Exact(version) => version.fmt(f),
        }
    }
}

impl FromStr for VersionRequest {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let version: GoVersion = text.trim().parse()?;
        let names_a_line = text.matches('.').count() == 1 && version.stage == Stage::Release;
        Ok(if names_a_line {
            VersionRequest::Line {
                major: version.major,
                minor: version.minor,
            }
        } else {
            VersionRequest::Exact(version)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_spelling_of_a_release() {
        for (text, expected) in [
            ("go1.27.3", GoVersion::new(1, 27, 3)),
            ("1.21.13\n", GoVersion::new(1, 21, 13)),
            ("go1.20", GoVersion::new(1, 20, 0)),
            ("go1.24.11-acme", GoVersion::new(1, 24, 11)),
            ("go1.27.3 X:nogreenteagc", GoVersion::new(1, 27, 3)),
            (
                "go1.26rc1",
                GoVersion {
                    stage: Stage::Candidate(1),
                    ..GoVersion::new(1, 26, 0)
                },
            ),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_development_builds_and_noise() {
        for text in ["devel go1.28-3f2a Mon Jan 5", "go1.28-devel_3f2a"] {
            assert!(matches!(
                text.parse::<GoVersion>(),
                Err(VersionError::Development(_))
            ));
        }
        for text in [
            "",
            "go",
            "1",
            "1.x",
            "1.26rc",
            "1.26rc1.2",
            "1.+2",
            "latest",
        ] {
            assert!(
                matches!(text.parse::<GoVersion>(), Err(VersionError::Malformed(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn orders_by_age_and_not_by_text() {
        let mut versions: Vec<GoVersion> = ["1.26.10", "1.26.9", "1.26rc2", "1.26beta1", "1.9"]
            .iter()
            .map(|t| t.parse().unwrap())
            .collect();
        versions.sort();
        let texts: Vec<String> = versions.iter().map(GoVersion::to_string).collect();
        assert_eq!(texts, ["1.9", "1.26beta1", "1.26rc2", "1.26.9", "1.26.10"]);
    }

    #[test]
    fn a_request_with_two_numbers_is_a_line() {
        let line: VersionRequest = "1.24".parse().unwrap();
        assert!(line.matches(GoVersion::new(1, 24, 11)));
        assert!(!line.matches(GoVersion::new(1, 25, 0)));
        let exact: VersionRequest = "go1.24.11".parse().unwrap();
        assert!(exact.matches(GoVersion::new(1, 24, 11)));
        assert!(!exact.matches(GoVersion::new(1, 24, 12)));
        let candidate: VersionRequest = "1.26rc1".parse().unwrap();
        assert!(!candidate.matches(GoVersion::new(1, 26, 0)));
    }
}

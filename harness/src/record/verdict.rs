//! A verdict: what the evidence says about a claim.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The word of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum VerdictKind {
    /// The evidence lies inside what the claim states.
    Confirmed,
    /// Outside what the claim states, inside its declared tolerance.
    Close,
    /// Outside the tolerance too.
    Refuted,
    /// Different on different Go releases.
    VersionDependent,
    /// The evidence does not decide.
    Inconclusive,
    /// Not measured here.
    NotRun,
    /// Advice or opinion: nothing to measure.
    Untestable,
}

impl VerdictKind {
    /// The word as files and reports spell it.
    pub fn word(self) -> &'static str {
        match self {
            VerdictKind::Confirmed => "confirmed",
            VerdictKind::Close => "close",
            VerdictKind::Refuted => "refuted",
            VerdictKind::VersionDependent => "version-dependent",
            VerdictKind::Inconclusive => "inconclusive",
            VerdictKind::NotRun => "not-run",
            VerdictKind::Untestable => "untestable",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A piece of evidence: an estimate or an outcome, by id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Evidence {
    /// Id of the estimate, or `outcome key @ cell`.
    pub id: String,
    /// The figure or the outcome in words, with its interval.
    pub shows: String,
}

/// The verdict for one toolchain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct VariantVerdict {
    /// Toolchain version, or the variant's name where it has none.
    pub toolchain: String,
    /// The word.
    pub kind: VerdictKind,
    /// One sentence.
    pub reason: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Where figures were tested: an upper limit to the chance that they refute a claim that is true, 1 if they do not
    /// refute it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
}

/// The verdict on a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Verdict {
    /// The claim's id.
    pub claim: String,
    /// The experiment that decides it.
    pub experiment: String,
    /// The word.
    pub kind: VerdictKind,
    /// One sentence: why.
    pub reason: String,
    /// By toolchain, oldest first.
    pub per_toolchain: Vec<VariantVerdict>,
    /// What the verdict would be were the run fit; set where a failed control took it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downgraded_from: Option<VerdictKind>,
    /// What to write instead, where the claim's own words fail, with its own verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Box<Instead>>,
}

/// The statement that holds where the claim does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Instead {
    /// What to write.
    pub says: String,
    /// Whether this run bears it out.
    pub kind: VerdictKind,
    /// One sentence.
    pub reason: String,
}

//! All claims of a run together, and each over its toolchains.

use std::collections::BTreeSet;

use super::columns::Release;
use super::judge::{Fitness, draft};
use crate::analysis::{ALPHA, Analyst};
use crate::record::{Instead, VariantVerdict, Verdict, VerdictKind};
use crate::stats::correction::benjamini_hochberg;

/// A claim by toolchain, before the run's other claims are looked at.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The claim's id.
    pub claim: String,
    pub(super) experiment: String,
    pub(super) own: Decision,
    pub(super) instead: Option<(String, Decision)>,
}

/// What a claim's own words, or those that should stand in their place, come to.
#[derive(Clone, Debug)]
pub(super) enum Decision {
    /// Nothing was tested.
    Plain {
        /// The word.
        kind: VerdictKind,
        /// Why.
        reason: String,
    },
    /// By toolchain, oldest first.
    Tested {
        /// The words.
        per_toolchain: Vec<VariantVerdict>,
        /// The control that failed, where the claim rests on a figure.
        unfit: Option<String>,
    },
}

impl Decision {
    /// The same of this release line and newer ones; a variant without a release stays.
    pub(super) fn since(self, (major, minor): (u32, u32)) -> Decision {
        let Decision::Tested {
            mut per_toolchain,
            unfit,
        } = self
        else {
            return self;
        };
        let oldest = Release(format!("{major}.{minor}"));
        per_toolchain.retain(|verdict| Release(verdict.toolchain.clone()) >= oldest);
        if per_toolchain.is_empty() {
            return Decision::Plain {
                kind: VerdictKind::NotRun,
                reason: format!("no release of this run is as new as {}", oldest.0),
            };
        }
        Decision::Tested {
            per_toolchain,
            unfit,
        }
    }
}

/// The verdicts of one experiment alone.
pub fn judge_all(analyst: &Analyst<'_>, fitness: &Fitness) -> Vec<Verdict> {
    settle(draft(analyst, fitness))
}

/// The verdicts of a run, in the order of the drafts.
///
/// Among many claims that rest on figures some would be refuted by chance. Benjamini and Hochberg's procedure (JRSS B 57,
/// 1995) keeps the expected share of those among the refuted ones below 5 %; a refutation that does not survive it is
/// undecided. What a claim should say instead is no discovery and is left out of it.
pub fn settle(mut drafts: Vec<Draft>) -> Vec<Verdict> {
    let mut tested: Vec<&mut VariantVerdict> = drafts
        .iter_mut()
        .flat_map(|draft| match &mut draft.own {
            Decision::Tested { per_toolchain, .. } => per_toolchain.as_mut_slice(),
            Decision::Plain { .. } => &mut [],
        })
        .filter(|verdict| verdict.p.is_some())
        .collect();
    let chances: Vec<f64> = tested.iter().filter_map(|verdict| verdict.p).collect();
    for (verdict, adjusted) in tested.iter_mut().zip(benjamini_hochberg(&chances)) {
        if verdict.kind == VerdictKind::Refuted && adjusted > ALPHA.get() {
            verdict.kind = VerdictKind::Inconclusive;
            verdict.reason = format!(
                "{}; among the {} figures of this run that is not enough (Benjamini-Hochberg: {adjusted:.2})",
                verdict.reason,
                chances.len()
            );
        }
    }
    drafts.into_iter().map(verdict).collect()
}

fn verdict(draft: Draft) -> Verdict {
    let (kind, reason, per_toolchain, downgraded_from) = decide(draft.own);
    let instead = draft.instead.map(|(says, decision)| {
        let (kind, reason, ..) = decide(decision);
        Box::new(Instead { says, kind, reason })
    });
    Verdict {
        claim: draft.claim,
        experiment: draft.experiment,
        kind,
        reason,
        per_toolchain,
        downgraded_from,
        instead,
    }
}

fn decide(
    decision: Decision,
) -> (
    VerdictKind,
    String,
    Vec<VariantVerdict>,
    Option<VerdictKind>,
) {
    let (per_toolchain, unfit) = match decision {
        Decision::Plain { kind, reason } => return (kind, reason, Vec::new(), None),
        Decision::Tested {
            per_toolchain,
            unfit,
        } => (per_toolchain, unfit),
    };
    let (kind, reason) = over_toolchains(&per_toolchain);
    let is_decided = !matches!(kind, VerdictKind::Inconclusive | VerdictKind::NotRun);
    match unfit.filter(|_| is_decided) {
        Some(unfit) => (VerdictKind::Inconclusive, unfit, per_toolchain, Some(kind)),
        None => (kind, reason, per_toolchain, None),
    }
}

fn over_toolchains(verdicts: &[VariantVerdict]) -> (VerdictKind, String) {
    let Some(newest) = verdicts.last() else {
        return (VerdictKind::NotRun, String::new());
    };
    let kinds: BTreeSet<VerdictKind> = verdicts.iter().map(|v| v.kind).collect();
    if kinds.len() == 1 {
        return (newest.kind, newest.reason.clone());
    }
    let history = history(verdicts);
    if kinds.contains(&VerdictKind::Refuted)
        && (kinds.contains(&VerdictKind::Confirmed) || kinds.contains(&VerdictKind::Close))
    {
        return (
            VerdictKind::VersionDependent,
            format!("{history}; newest: {}", newest.reason),
        );
    }
    let undecided = [VerdictKind::Inconclusive, VerdictKind::NotRun];
    let kind = if kinds.iter().all(|k| !undecided.contains(k)) {
        // Confirmed and close: the weaker word.
        VerdictKind::Close
    } else if kinds.iter().any(|k| !undecided.contains(k))
        && !kinds.contains(&VerdictKind::Inconclusive)
    {
        // Some releases can't answer; those that can agree, or are one step apart.
        kinds
            .iter()
            .copied()
            .filter(|k| !undecided.contains(k))
            .max_by_key(|k| *k as u8)
            .unwrap_or(newest.kind)
    } else {
        VerdictKind::Inconclusive
    };
    (kind, format!("{history}; newest: {}", newest.reason))
}

/// `refuted 1.21.13 to 1.23.9, confirmed since 1.24.11`.
fn history(verdicts: &[VariantVerdict]) -> String {
    let mut runs: Vec<(VerdictKind, &str, &str)> = Vec::new();
    for verdict in verdicts {
        match runs.last_mut() {
            Some((kind, _, to)) if *kind == verdict.kind => *to = &verdict.toolchain,
            _ => runs.push((verdict.kind, &verdict.toolchain, &verdict.toolchain)),
        }
    }
    let last = runs.len().saturating_sub(1);
    let words: Vec<String> = runs
        .iter()
        .enumerate()
        .map(|(i, (kind, from, to))| {
            if i == last && i > 0 {
                format!("{kind} since {from}")
            } else if from == to {
                format!("{kind} on {from}")
            } else {
                format!("{kind} {from} to {to}")
            }
        })
        .collect();
    words.join(", ")
}

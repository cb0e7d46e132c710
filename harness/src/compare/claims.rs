//! Verdicts that changed between the runs, by release.

use std::collections::BTreeMap;

use super::{Agreement, Change, ClaimChange, Common, machine};
use crate::record::{RunFile, Verdict, VerdictKind};
use crate::spec::Claim;
use crate::verdict::judge_all;

/// The changes of an experiment's claims, those that both runs were asked for, and how many verdicts agree.
pub(super) fn changes(
    experiment: &Common<'_>,
    a: &RunFile,
    b: &RunFile,
) -> (Vec<ClaimChange>, Agreement) {
    let name = &experiment.now.name;
    let was_asked =
        |run: &RunFile, id: &String| run.only_claims.get(name).is_none_or(|ids| ids.contains(id));
    // Weighed together within the experiment: the two runs need not have the same other ones.
    let [fit_a, fit_b] = &experiment.fitness;
    let first = judge_all(&experiment.a, fit_a);
    let second = judge_all(&experiment.b, fit_b);
    let claims = experiment.now.claims.iter();
    let asked: Vec<(&Claim, (&Verdict, &Verdict))> = claims
        .zip(first.iter().zip(&second))
        .filter(|(claim, _)| was_asked(a, &claim.id) && was_asked(b, &claim.id))
        .collect();
    let mut agreement = Agreement::default();
    for (_, (first, second)) in &asked {
        let now = words(second);
        for (toolchain, (then, _)) in words(first) {
            if let Some((now, _)) = now.get(toolchain) {
                agreement.count(then, *now);
            }
        }
    }
    let changes = asked
        .into_iter()
        .flat_map(|(claim, (first, second))| {
            of_claim(experiment, claim, first, second, &b.go_versions)
        })
        .collect();
    (changes, agreement)
}

impl Agreement {
    /// What neither run tested is nothing to agree about.
    fn count(&mut self, then: VerdictKind, now: VerdictKind) {
        let untested = |kind| matches!(kind, VerdictKind::Untestable | VerdictKind::NotRun);
        if untested(then) && untested(now) {
            return;
        }
        self.verdicts += 1;
        self.same += usize::from(then == now);
    }

    pub(super) fn add(&mut self, other: Agreement) {
        self.verdicts += other.verdicts;
        self.same += other.same;
    }
}

fn of_claim(
    experiment: &Common<'_>,
    claim: &Claim,
    first: &Verdict,
    second: &Verdict,
    releases: &[String],
) -> Vec<ClaimChange> {
    let (then, now) = (words(first), words(second));
    then.into_iter()
        .filter_map(|(toolchain, (a, _))| {
            // Over other releases there is nothing to compare; a release whose programs are gone is a verdict lost.
            let gone = (VerdictKind::NotRun, "it was not run there");
            let (b, reason) = match now.get(toolchain) {
                Some(word) => *word,
                None if releases.iter().any(|r| r == toolchain) => gone,
                None => return None,
            };
            let change = match (is_decided(a), is_decided(b)) {
                (true, true) if a == b => return None,
                (true, true) if is_within_tolerance(a) && is_within_tolerance(b) => Change::Shift,
                (true, true) => Change::Flip,
                (true, false) => Change::Lost,
                (false, true) => Change::Gained,
                _ => return None,
            };
            // What a program does is not a matter of how fast the machine is.
            let by_figure = !claim.judge.figures().is_empty();
            let void = experiment
                .void
                .as_ref()
                .filter(|_| by_figure)
                .cloned()
                .or_else(|| changed_settings(experiment));
            let (change, reason) = match void {
                Some(void) if matches!(change, Change::Flip | Change::Shift) => (
                    Change::Lost,
                    format!(
                        "{a} in the first run, {b} in the second, which does not count: {void}"
                    ),
                ),
                _ => (change, reason.to_owned()),
            };
            Some(ClaimChange {
                claim: claim.id.clone(),
                experiment: experiment.now.name.clone(),
                toolchain: toolchain.to_owned(),
                change,
                a,
                b,
                reason,
            })
        })
        .collect()
}

fn changed_settings(experiment: &Common<'_>) -> Option<String> {
    experiment
        .b
        .cells()
        .find_map(|cell| machine::changed_settings(experiment.then, experiment.now, cell))
}

/// The words of a verdict by release. Only those releases are compared that both runs have: over different releases
/// the verdict as a whole may differ although nothing changed. A verdict that an unfit run took down is none.
fn words(verdict: &Verdict) -> BTreeMap<&str, (VerdictKind, &str)> {
    if verdict.per_toolchain.is_empty() {
        return [("", (verdict.kind, verdict.reason.as_str()))].into();
    }
    verdict
        .per_toolchain
        .iter()
        .map(|v| {
            let word = match verdict.downgraded_from {
                Some(_) => (VerdictKind::Inconclusive, verdict.reason.as_str()),
                None => (v.kind, v.reason.as_str()),
            };
            (v.toolchain.as_str(), word)
        })
        .collect()
}

/// Both words say that the figure is not outside of the range and its tolerance.
fn is_within_tolerance(kind: VerdictKind) -> bool {
    matches!(kind, VerdictKind::Confirmed | VerdictKind::Close)
}

fn is_decided(kind: VerdictKind) -> bool {
    matches!(
        kind,
        VerdictKind::Confirmed
            | VerdictKind::Close
            | VerdictKind::Refuted
            | VerdictKind::VersionDependent
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_neither_run_tested_is_no_agreement() {
        let mut found = Agreement::default();
        found.count(VerdictKind::Untestable, VerdictKind::Untestable);
        found.count(VerdictKind::Confirmed, VerdictKind::Confirmed);
        found.count(VerdictKind::Confirmed, VerdictKind::NotRun);
        assert_eq!((found.same, found.verdicts), (1, 2));
    }

    #[test]
    fn only_confirmed_and_close_are_neighbours() {
        assert!(
            is_within_tolerance(VerdictKind::Confirmed) && is_within_tolerance(VerdictKind::Close)
        );
        for kind in [
            VerdictKind::Refuted,
            VerdictKind::VersionDependent,
            VerdictKind::Inconclusive,
        ] {
            assert!(!is_within_tolerance(kind), "{kind}");
        }
    }
}

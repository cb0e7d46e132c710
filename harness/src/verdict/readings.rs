//! A sentence that can be read in several ways: what each way comes to, and whether they agree.

use std::collections::BTreeMap;

use crate::record::{VariantVerdict, VerdictKind};

/// What one way of reading comes to, by toolchain, oldest first.
pub(super) struct Read {
    /// The reading in a few words; empty where there is only one.
    pub(super) name: String,
    /// Its words.
    pub(super) per_toolchain: Vec<VariantVerdict>,
}

/// Where all ways of reading come to the same word that is it; confirmed and close are close. Otherwise the claim depends on
/// a choice that no measurement can make, and is undecided.
pub(super) fn agree(readings: Vec<Read>) -> Vec<VariantVerdict> {
    let mut by_toolchain: Vec<(String, Vec<(String, VariantVerdict)>)> = Vec::new();
    for read in readings {
        for verdict in read.per_toolchain {
            let named = (read.name.clone(), verdict);
            match by_toolchain
                .iter_mut()
                .find(|(toolchain, _)| *toolchain == named.1.toolchain)
            {
                Some((_, verdicts)) => verdicts.push(named),
                None => by_toolchain.push((named.1.toolchain.clone(), vec![named])),
            }
        }
    }
    by_toolchain
        .into_iter()
        .map(|(toolchain, verdicts)| one(toolchain, verdicts))
        .collect()
}

fn one(toolchain: String, mut verdicts: Vec<(String, VariantVerdict)>) -> VariantVerdict {
    if verdicts.len() == 1
        && let Some((_, verdict)) = verdicts.pop()
    {
        return verdict;
    }
    let count = |kind| verdicts.iter().filter(|(_, v)| v.kind == kind).count();
    let kinds: BTreeMap<VerdictKind, usize> = verdicts
        .iter()
        .map(|(_, v)| (v.kind, count(v.kind)))
        .collect();
    let holds = count(VerdictKind::Confirmed) + count(VerdictKind::Close);
    let kind = match kinds.first_key_value() {
        Some((kind, _)) if kinds.len() == 1 => *kind,
        _ if holds == verdicts.len() => VerdictKind::Close,
        _ => VerdictKind::Inconclusive,
    };
    let each: Vec<String> = verdicts
        .iter()
        .map(|(name, v)| format!("{name}: {} ({})", v.kind, v.reason))
        .collect();
    let agreed = if kinds.len() == 1 {
        "however it is read"
    } else {
        "it depends on the reading"
    };
    // Refuted in every reading: each must be no accident. Otherwise nothing is refuted.
    let p = match kind {
        VerdictKind::Refuted => verdicts
            .iter()
            .filter_map(|(_, v)| v.p)
            .max_by(f64::total_cmp),
        _ => verdicts.iter().any(|(_, v)| v.p.is_some()).then_some(1.0),
    };
    VariantVerdict {
        toolchain,
        kind,
        reason: format!("{agreed}; {}", each.join("; ")),
        evidence: verdicts.into_iter().flat_map(|(_, v)| v.evidence).collect(),
        p,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, kind: VerdictKind, p: Option<f64>) -> Read {
        Read {
            name: name.into(),
            per_toolchain: vec![VariantVerdict {
                toolchain: "1.27.3".into(),
                kind,
                reason: "r".into(),
                evidence: Vec::new(),
                p,
            }],
        }
    }

    #[test]
    fn readings_that_disagree_decide_nothing() {
        use VerdictKind::{Close, Confirmed, Inconclusive, NotRun, Refuted};
        for (a, b, expected) in [
            (Refuted, Refuted, Refuted),
            (Confirmed, Confirmed, Confirmed),
            (Confirmed, Close, Close),
            (Refuted, Close, Inconclusive),
            (Refuted, Confirmed, Inconclusive),
            (Refuted, Inconclusive, Inconclusive),
            (Confirmed, Inconclusive, Inconclusive),
            (Confirmed, NotRun, Inconclusive),
        ] {
            let verdicts = agree(vec![read("a", a, None), read("b", b, None)]);
            assert_eq!(verdicts.len(), 1);
            assert_eq!(verdicts[0].kind, expected, "{a} and {b}");
            assert!(verdicts[0].reason.contains(&format!("b: {b} (r)")));
        }
    }

    #[test]
    fn the_weaker_of_two_refutations_counts() {
        let kind = VerdictKind::Refuted;
        let verdicts = agree(vec![
            read("a", kind, Some(0.001)),
            read("b", kind, Some(0.0001)),
        ]);
        assert_eq!(verdicts[0].p, Some(0.001));
    }

    #[test]
    fn a_single_reading_stays_as_it_is() {
        let verdicts = agree(vec![read("", VerdictKind::Refuted, None)]);
        assert_eq!(verdicts[0].reason, "r");
    }
}

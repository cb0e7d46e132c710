//! Sentences of a report.

use crate::chart::words::who;
use crate::record::{CellKey, Estimate, HostFacts, VerdictKind};
use crate::spec::Experiment;
use crate::units::{Unit, times};

/// What a verdict's word means, in a sentence's end: "the statement ...".
pub(super) fn plain(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Confirmed => "holds",
        VerdictKind::Close => {
            "nearly holds: outside what it says, inside the tolerance of its words"
        }
        VerdictKind::Refuted => "does not hold",
        VerdictKind::VersionDependent => "holds on some Go releases and not on others",
        VerdictKind::Inconclusive => "is not decided by this run",
        VerdictKind::NotRun => "was not measured in this run",
        VerdictKind::Untestable => "can't be measured: advice, taste or history",
    }
}

/// What introduces the suggestion under a claim.
pub(super) fn instead(claim: VerdictKind, suggestion: VerdictKind) -> &'static str {
    match (claim, suggestion) {
        (VerdictKind::Confirmed, VerdictKind::Confirmed) => "More exactly",
        (_, VerdictKind::Confirmed) => "Write instead",
        _ => "Suggested, and not confirmed by this run",
    }
}

/// The kinds in the order in which a reader wants them.
pub(super) const KINDS: [VerdictKind; 7] = [
    VerdictKind::Refuted,
    VerdictKind::VersionDependent,
    VerdictKind::Close,
    VerdictKind::Confirmed,
    VerdictKind::Inconclusive,
    VerdictKind::NotRun,
    VerdictKind::Untestable,
];

/// A fragment as a sentence: capital letter and full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let mut sentence: String = chars
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    sentence.push_str(chars.as_str());
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// `3 claims`, `1 claim`.
pub(super) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// The two sides of a ratio: program names, and whatever else differs between the cells.
pub(super) fn sides(experiment: &Experiment, of: &CellKey, versus: &CellKey) -> (String, String) {
    let name = |cell: &CellKey, other: &CellKey| {
        let mut name = who(experiment, &cell.variant, &cell.toolchain);
        if cell.case != other.case {
            name.push(' ');
            name.push_str(&cell.case);
        }
        for (key, value) in &cell.params {
            if other.params.get(key).is_some_and(|v| v != value) {
                name.extend([" ", key, "=", value]);
            }
        }
        name
    };
    (name(of, versus), name(versus, of))
}

/// A ratio in a sentence; `unit` is that of the metric on both sides.
pub(super) fn ratio(unit: Unit, e: &Estimate, of: &str, versus: &str) -> String {
    let center = times(e.center);
    let says = match unit {
        Unit::Nanosecond => format!("{of} takes {center} the time of {versus}"),
        Unit::Byte => format!("{of} takes {center} the memory of {versus}"),
        Unit::PerSecond => format!("{of} reaches {center} the rate of {versus}"),
        Unit::One => format!("{of} has {center} the figure of {versus}"),
    };
    let range = format!("between {} and {}", times(e.lo), times(e.hi));
    if e.hi.is_infinite() && e.lo <= 0.0 {
        format!("{says}; too few invocations for an interval")
    } else if e.lo <= 1.0 && e.hi >= 1.0 {
        format!("no difference shown between {of} and {versus}: {center}, {range}")
    } else {
        format!("{says}, {range}")
    }
}

/// The machine in one line.
pub(super) fn machine(host: &HostFacts) -> String {
    let mut parts = vec![
        host.cpu_model.clone(),
        count(host.cpus as usize, "CPU"),
        Unit::Byte.show(host.memory as f64),
        host.kernel.clone(),
        host.arch.clone(),
    ];
    parts.extend(host.guest());
    parts.push(match &host.governor {
        Some(governor) => format!("governor {governor}"),
        None => "governor not visible".into(),
    });
    parts.retain(|p| !p.is_empty());
    parts.join(", ")
}

/// `text` as one word of a POSIX shell.
pub(super) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_become_sentences() {
        assert_eq!(sentence("no data"), "No data.");
        assert_eq!(sentence("61.0 µs against 1 ms."), "61.0 µs against 1 ms.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn shell_words_are_quoted_where_they_must_be() {
        assert_eq!(shell("--live-mib=64"), "--live-mib=64");
        assert_eq!(shell("a b"), "'a b'");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell(""), "''");
    }
}

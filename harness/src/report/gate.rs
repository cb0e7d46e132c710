//! What changed between two runs: as text for a terminal, as Markdown and as JSON.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::Terminal;
use super::markdown::{code, inert};
use super::words::count;
use crate::compare::{Change, ClaimChange, Comparison, Gate, Outcome, Value, Word};
use crate::units::{Unit, times};

/// A section of comparisons: its heading and which they are, in the order in which a reader wants them.
type Section = (&'static str, fn(&Comparison) -> bool);

const SECTIONS: [Section; 5] = [
    ("Worse", |c| c.is_worse),
    ("Changed, neither for better nor worse", |c| {
        c.word.is_difference() && c.is_neutral
    }),
    ("Better", |c| {
        c.word.is_difference() && !c.is_worse && !c.is_neutral
    }),
    ("Inconclusive", |c| c.word == Word::Inconclusive),
    ("Incomparable", |c| c.word == Word::Incomparable),
];

fn is_same(c: &Comparison) -> bool {
    c.word == Word::Same
}

/// `1 worse, 2 flips, ...`: everything in one line.
fn summary(gate: &Gate) -> String {
    let found =
        |wanted: fn(&Comparison) -> bool| gate.comparisons.iter().filter(|c| wanted(c)).count();
    let of = |change| gate.claims.iter().filter(|c| c.change == change).count();
    let lead = match gate.outcome() {
        Outcome::Same => "PASSED",
        Outcome::Open => "NOTHING WORSE IS SHOWN",
        Outcome::Worse => "WORSE",
        Outcome::Incomparable => return "INCOMPARABLE".to_owned(),
    };
    let mut parts = vec![
        format!("{} worse", found(SECTIONS[0].1)),
        count(of(Change::Flip), "claim") + " flipped",
        format!("{} changed", found(SECTIONS[1].1)),
        format!("{} better", found(SECTIONS[2].1)),
        format!("{} inconclusive", found(SECTIONS[3].1)),
        format!("{} incomparable", found(SECTIONS[4].1)),
        count(of(Change::Shift), "claim") + " between confirmed and close",
        count(of(Change::Lost), "claim") + " no longer decided",
        count(of(Change::Gained), "claim") + " decided now",
    ];
    parts.retain(|part| !part.starts_with("0 ") || part == "0 worse");
    parts.push(format!("{} same", found(is_same)));
    format!("{lead}: {}", parts.join(", "))
}

/// A comparison that would find only a larger change than this finds nothing.
const WORTH_TELLING: f64 = 100.0;

/// What the words rest on.
fn basis(gate: &Gate) -> String {
    let margin = gate.margin.share() * 100.0;
    let finds: Vec<f64> = gate
        .comparisons
        .iter()
        .filter_map(|c| c.detectable.filter(|ratio| *ratio <= WORTH_TELLING))
        .collect();
    let best = finds.iter().copied().fold(f64::INFINITY, f64::min);
    let worst = finds.iter().copied().fold(0.0, f64::max);
    let range = match finds.len() {
        0 => String::new(),
        _ if times(best) == times(worst) => format!(": {}", times(best)),
        _ => format!(": {} to {}", times(best), times(worst)),
    };
    format!(
        "Margin {} %, {}, 5 % error over all of them (Holm). A and B are medians, B : A is a ratio of means without the lowest and highest fifth. The smallest change that would be found with {:.0} % power (`finds`){range}. Of {} {} {the_same}.",
        (margin * 1e3).round() / 1e3,
        count(gate.tests, "test"),
        gate.power * 100.0,
        count(gate.agreement.verdicts, "verdict"),
        gate.agreement.same,
        the_same = if gate.agreement.same == 1 {
            "is the same"
        } else {
            "are the same"
        },
    )
}

fn figure(unit: Unit, value: Option<&Value>) -> String {
    value.map_or("none".to_owned(), |v| {
        format!("{}, n={}", unit.show_interval(v.center, v.lo, v.hi), v.n)
    })
}

/// The columns of a row: what, first run, second run, ratio, what it finds, word or reason.
fn row(c: &Comparison) -> [String; 6] {
    let mut note = c.word.word().to_owned();
    if !c.reason.is_empty() {
        note = c.reason.clone();
    }
    if c.same_binary == Some(true) && c.reason.is_empty() {
        note.push_str(" (same binary)");
    }
    [
        format!("{}: {}, {}", c.cell.experiment, c.cell, c.title),
        figure(c.unit, c.a.as_ref()),
        figure(c.unit, c.b.as_ref()),
        c.ratio.map_or("none".to_owned(), |r| r.in_words()),
        c.detectable
            .filter(|ratio| *ratio <= WORTH_TELLING)
            .map_or("nothing".to_owned(), times),
        note,
    ]
}

const HEADER: [&str; 6] = ["figure", "A", "B", "B : A", "finds", "word"];

fn claim_heading(change: Change) -> &'static str {
    match change {
        Change::Flip => "Claims that flipped",
        Change::Shift => "Claims that moved between confirmed and close",
        Change::Lost => "Claims that are no longer decided",
        Change::Gained => "Claims that are decided now",
    }
}

fn claim_line(c: &ClaimChange) -> String {
    let on = match c.toolchain.as_str() {
        "" => String::new(),
        toolchain => format!(" on {toolchain}"),
    };
    format!("{}{on}: {} -> {}: {}", c.claim, c.a, c.b, c.reason)
}

impl Terminal {
    /// What changed between two runs. What is the same is counted, and listed where `verbose`.
    pub fn gate(&self, gate: &Gate, verbose: bool) -> String {
        let mut text = String::new();
        self.put_gate(&mut text, gate, verbose);
        text
    }

    // Writing to a String can't fail.
    fn put_gate(&self, out: &mut String, gate: &Gate, verbose: bool) {
        let bold = Style::new().bold();
        let lead = bold.fg_color(Some(
            match gate.outcome() {
                Outcome::Same => AnsiColor::Green,
                Outcome::Open => AnsiColor::Yellow,
                Outcome::Worse | Outcome::Incomparable => AnsiColor::Red,
            }
            .into(),
        ));
        for line in self.wrap(&summary(gate), 0) {
            let _ = writeln!(out, "{}", self.paint(lead, &line));
        }
        self.paragraph(out, "A  ", &gate.a);
        self.paragraph(out, "B  ", &gate.b);
        for line in &gate.incomparable {
            self.paragraph(out, "! ", line);
        }
        if !gate.incomparable.is_empty() {
            return;
        }
        self.paragraph(out, "", &basis(gate));
        for check in &gate.drift {
            let mark = if check.has_drifted { "! " } else { "  " };
            self.paragraph(out, mark, &format!("{}: {}", check.experiment, check.says));
        }
        for caution in &gate.cautions {
            self.paragraph(out, "! ", caution);
        }
        let (worse, rest) = SECTIONS.split_at(1);
        let claims = |out: &mut String, change| {
            let lines: Vec<&ClaimChange> =
                gate.claims.iter().filter(|c| c.change == change).collect();
            if !lines.is_empty() {
                let _ = writeln!(out, "\n{}", self.paint(bold, claim_heading(change)));
                for line in lines {
                    self.paragraph(out, "  ", &claim_line(line));
                }
            }
        };
        self.section(out, gate, &worse[0]);
        claims(out, Change::Flip);
        for section in rest {
            self.section(out, gate, section);
        }
        claims(out, Change::Shift);
        claims(out, Change::Lost);
        claims(out, Change::Gained);
        if verbose {
            self.section(out, gate, &("Same", is_same));
        }
    }

    fn section(&self, out: &mut String, gate: &Gate, (heading, wanted): &Section) {
        let rows: Vec<Vec<String>> = gate
            .comparisons
            .iter()
            .filter(|c| wanted(c))
            .map(|c| row(c).to_vec())
            .collect();
        if rows.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{}", self.paint(Style::new().bold(), heading));
        self.lay_out(out, &HEADER, rows, None);
    }
}

/// What changed between two runs, for a pull request.
pub fn gate_markdown(gate: &Gate) -> String {
    let mut out = String::new();
    // Writing to a String can't fail.
    let _ = writeln!(out, "**{}**\n", inert(summary(gate)));
    let _ = writeln!(out, "A is {}, B is {}.\n", code(&gate.a), code(&gate.b));
    for line in &gate.incomparable {
        let _ = writeln!(out, "- {}", inert(line.clone()));
    }
    if !gate.incomparable.is_empty() {
        return out;
    }
    let _ = writeln!(out, "{}\n", basis(gate));
    for check in &gate.drift {
        let says = format!("{}: {}", check.experiment, check.says);
        let _ = writeln!(out, "- {}", inert(says));
    }
    for caution in &gate.cautions {
        let _ = writeln!(out, "- {}", inert(caution.clone()));
    }
    for (heading, wanted) in SECTIONS.iter().chain([&("Same", is_same as fn(&_) -> _)]) {
        let rows: Vec<[String; 6]> = gate
            .comparisons
            .iter()
            .filter(|c| wanted(c))
            .map(row)
            .collect();
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n### {heading}\n\n| {} |", HEADER.join(" | "));
        let _ = writeln!(out, "|{}", "---|".repeat(HEADER.len()));
        for row in rows {
            let _ = writeln!(out, "| {} |", row.map(inert).join(" | "));
        }
    }
    for change in [Change::Flip, Change::Shift, Change::Lost, Change::Gained] {
        let mut lines = gate.claims.iter().filter(|c| c.change == change).peekable();
        if lines.peek().is_some() {
            let _ = writeln!(out, "\n### {}\n", claim_heading(change));
        }
        for line in lines {
            let _ = writeln!(out, "- {}", inert(claim_line(line)));
        }
    }
    out
}

/// What changed between two runs, for tools. A figure that is not finite is null.
///
/// # Errors
/// Something could not be put in JSON.
pub fn gate_json(gate: &Gate) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(gate)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Agreement, DriftCheck, GATE_FORMAT, Margin, Ratio};
    use crate::record::{CellKey, VerdictKind};

    fn comparison(gogc: &str, word: Word, b: f64, reason: &str) -> Comparison {
        let value = |center: f64| Value {
            center,
            lo: center * 0.97,
            hi: center * 1.03,
            n: 10,
        };
        Comparison {
            cell: CellKey {
                experiment: "gc-pauses".into(),
                variant: "go".into(),
                toolchain: "1.27.3".into(),
                case: "churn".into(),
                params: [("gogc".to_owned(), gogc.to_owned())].into(),
                copy: 0,
            },
            metric: "pause".into(),
            statistic: "median".into(),
            title: "median one pause".into(),
            unit: Unit::Nanosecond,
            a: Some(value(61e3)),
            b: (b > 0.0).then(|| value(b)),
            ratio: (b > 0.0).then(|| Ratio {
                center: b / 61e3,
                lo: b / 61e3 * 0.96,
                hi: b / 61e3 * 1.04,
            }),
            detectable: (b > 0.0).then_some(1.0937),
            p: None,
            word,
            is_worse: word == Word::Slower,
            is_neutral: false,
            reason: reason.into(),
            same_binary: Some(false),
        }
    }

    fn gate() -> Gate {
        Gate {
            format: GATE_FORMAT,
            a: "20260101T000000Z-gc-pauses-7".into(),
            b: "20260201T000000Z-gc-pauses-8".into(),
            margin: Margin::DEFAULT,
            power: 0.8,
            tests: 4,
            incomparable: Vec::new(),
            cautions: vec!["harness: 0.1.0 in the first run, 0.2.0 in the second".into()],
            drift: vec![DriftCheck {
                experiment: "gc-pauses".into(),
                ratio: None,
                has_drifted: false,
                says: "the same control program takes 1.00x (0.99x to 1.01x) the time in the second run".into(),
            }],
            comparisons: vec![
                comparison("25", Word::Same, 61e3, ""),
                comparison("50", Word::Slower, 80e3, ""),
                comparison("100", Word::Faster, 40e3, ""),
                comparison("200", Word::Inconclusive, 63e3, "too wide to call it the same"),
                comparison("off", Word::Inconclusive, 0.0, "the second run has none | 3 failed"),
            ],
            claims: vec![ClaimChange {
                claim: "q03-pause-under-70us".into(),
                experiment: "gc-pauses".into(),
                toolchain: "1.27.3".into(),
                change: Change::Flip,
                a: VerdictKind::Confirmed,
                b: VerdictKind::Refuted,
                reason: "median one pause is 80.0 µs (77.6 to 82.4), stated: under 70 µs".into(),
            }],
            agreement: Agreement {
                verdicts: 12,
                same: 11,
            },
        }
    }

    fn terminal() -> Terminal {
        Terminal {
            width: 110,
            colour: false,
            folder: String::new(),
        }
    }

    #[test]
    fn what_got_worse_comes_first() {
        insta::assert_snapshot!(terminal().gate(&gate(), false));
    }

    #[test]
    fn what_is_the_same_is_listed_when_asked_for() {
        let listed = |verbose| terminal().gate(&gate(), verbose).contains("\nSame\n");
        assert!(listed(true) && !listed(false));
    }

    #[test]
    fn nothing_in_markdown_opens_a_column() {
        let text = gate_markdown(&gate());
        let rows: Vec<&str> = text.lines().filter(|l| l.starts_with('|')).collect();
        assert!(rows.len() > 8);
        for row in rows {
            let columns = row.replace("\\|", "").matches('|').count();
            assert_eq!(columns, HEADER.len() + 1, "{row}");
        }
    }

    #[test]
    fn what_can_not_be_compared_says_only_why() {
        let refused = Gate {
            incomparable: vec!["CPU model: A1 in the first run, B2 in the second".into()],
            ..gate()
        };
        let text = terminal().gate(&refused, true);
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(text.starts_with("INCOMPARABLE\n"));
    }
}

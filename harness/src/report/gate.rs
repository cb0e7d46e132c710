//! What changed between two runs: as text for a terminal, as Markdown and as JSON.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::Terminal;
use super::markdown::inert;
use super::words::count;
use crate::compare::{Change, ClaimChange, Comparison, Gate, Outcome, Value, Word};
use crate::units::{Unit, significant, times};

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
        count(of(Change::Lost), "claim") + " no longer decided",
        count(of(Change::Gained), "claim") + " decided now",
    ];
    parts.retain(|part| !part.starts_with("0 ") || part == "0 worse");
    parts.push(format!("{} same", found(is_same)));
    format!("{lead}: {}", parts.join(", "))
}

/// What the words rest on.
fn basis(gate: &Gate) -> String {
    let margin = gate.margin.share() * 100.0;
    let finds: Vec<f64> = gate
        .comparisons
        .iter()
        .filter_map(|c| c.detectable)
        .collect();
    let best = finds.iter().copied().fold(f64::INFINITY, f64::min);
    let worst = finds.iter().copied().fold(0.0, f64::max);
    let range = match finds.len() {
        0 => String::new(),
        1 => format!(": {}", times(best)),
        _ => format!(": {} to {}", times(best), times(worst)),
    };
    format!(
        "Margin {} %, {}, 5 % error over all of them (Holm). The smallest change that would be found with {:.0} % power (`finds`){range}.",
        significant(margin),
        count(gate.tests, "test"),
        gate.power * 100.0,
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
    if c.same_binary == Some(true) {
        note.push_str(" (same binary)");
    }
    [
        format!("{}: {}, {}", c.cell.experiment, c.cell, c.title),
        figure(c.unit, c.a.as_ref()),
        figure(c.unit, c.b.as_ref()),
        c.ratio.map_or("none".to_owned(), |r| r.in_words()),
        c.detectable.map_or("nothing".to_owned(), times),
        note,
    ]
}

const HEADER: [&str; 6] = ["figure", "A", "B", "B : A", "finds", "word"];

fn claim_heading(change: Change) -> &'static str {
    match change {
        Change::Flip => "Claims that flipped",
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
    let _ = writeln!(out, "A is `{}`, B is `{}`.\n", gate.a, gate.b);
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
    for change in [Change::Flip, Change::Lost, Change::Gained] {
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

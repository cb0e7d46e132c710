//! What a person reads in the terminal when a run ends.

use std::fmt::Write as _;
use std::io;

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use super::{Exporter, ReportView};
use crate::record::VerdictKind;

/// Writes figures, comparisons, verdicts and failures as text.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Columns.
    pub width: u16,
    /// Whether to colour verdicts with ANSI sequences.
    pub colour: bool,
    /// The run's folder, put before file names.
    pub folder: String,
}

/// Columns of the widest verdict word.
const WORD: usize = 17;
/// Columns below which nothing is readable anyway.
const NARROWEST: usize = 40;

impl Terminal {
    /// The text.
    pub fn render(&self, view: &ReportView<'_>) -> String {
        let mut text = String::new();
        self.put(&mut text, view);
        text
    }

    // Writing to a String can't fail; results are dropped below for that reason.
    fn put(&self, out: &mut String, view: &ReportView<'_>) {
        let bold = Style::new().bold();
        let alarm = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        let fit = if view.fitness.fit { bold } else { alarm };
        for line in self.wrap(&view.fitness.says, 0) {
            let _ = writeln!(out, "{}", self.paint(fit, &line));
        }
        for caution in &view.fitness.cautions {
            self.paragraph(out, "! ", caution);
        }
        for control in view.fitness.controls.iter().filter(|c| c.word == "failed") {
            self.paragraph(
                out,
                "! ",
                &format!("{} control: {}", control.kind, control.says),
            );
        }
        self.paragraph(out, "", &format!("On {}.", view.machine.line));

        for e in &view.experiments {
            let _ = writeln!(
                out,
                "\n{}",
                self.paint(bold, &format!("{}: {}", e.name, e.title))
            );
            for table in &e.glance {
                let _ = writeln!(out);
                let title = match table.common.as_str() {
                    "" => table.title.clone(),
                    common => format!("{} ({common})", table.title),
                };
                self.paragraph(out, "", &title);
                self.table(out, &table.rows);
            }
            if !e.comparisons.is_empty() {
                let _ = writeln!(out, "\nGo : Rust");
                for c in &e.comparisons {
                    self.paragraph(out, "  ", &format!("{}: {}", c.title, c.words));
                }
            }
        }

        let _ = writeln!(out, "\n{}", self.paint(bold, "Verdicts"));
        self.paragraph(out, "", &view.summary);
        for v in view.experiments.iter().flat_map(|e| &e.verdicts) {
            let word = self.paint(verdict_style(v.kind), &format!("{:<WORD$}", v.word));
            let _ = writeln!(out, "{word} {}", v.claim);
            let indent = " ".repeat(WORD + 1);
            self.paragraph(out, &indent, &v.reason);
            if let Some(downgraded) = &v.downgraded {
                self.paragraph(out, &indent, downgraded);
            }
            if let Some(instead) = &v.instead {
                let says = format!("{}: {} ({})", instead.lead, instead.says, instead.word);
                self.paragraph(out, &indent, &says);
            }
        }

        if !view.failures.is_empty() {
            let _ = writeln!(out, "\n{}", self.paint(bold, "Failures"));
            for f in &view.failures {
                let says = format!("{} {}, {}: {}", f.experiment, f.cell, f.place, f.word);
                self.paragraph(out, "  ", &says);
            }
        }
        if !view.missing.is_empty() {
            let _ = writeln!(out, "\n{}", self.paint(bold, "Missing"));
            for missing in &view.missing {
                self.paragraph(out, "  ", missing);
            }
        }
        let _ = writeln!(out);
        self.paragraph(out, "", &view.invocations);
        let _ = writeln!(out, "{}/report.html", self.folder.trim_end_matches('/'));
    }

    fn table(&self, out: &mut String, rows: &[super::EstimateRow]) {
        let noted = rows.iter().any(|r| !r.note.is_empty());
        let mut header = vec!["cell", "estimate", "n"];
        header.extend(noted.then_some("note"));
        let rows = rows
            .iter()
            .map(|row| {
                let mut cells = vec![row.cell.clone(), row.figure.clone(), row.n.to_string()];
                cells.extend(noted.then(|| row.note.clone()));
                cells
            })
            .collect();
        self.lay_out(out, &header, rows, Some(2));
    }

    /// A table in the width of the terminal, with the numbers of one column to the right.
    pub(super) fn lay_out(
        &self,
        out: &mut String,
        header: &[&str],
        rows: Vec<Vec<String>>,
        right: Option<usize>,
    ) {
        let mut table = Table::new();
        table
            .load_style(TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─')))
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.columns() as u16)
            .set_header(header.to_vec());
        // What a program printed must not move the cursor.
        let inert = |cell: String| cell.replace(|c: char| c.is_control() && c != '\n', "");
        table.add_rows(
            rows.into_iter()
                .map(|row| row.into_iter().map(inert).collect::<Vec<_>>()),
        );
        if let Some(column) = right.and_then(|index| table.column_mut(index)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for line in table.trim_fmt().lines() {
            let _ = writeln!(out, "{line}");
        }
    }

    fn columns(&self) -> usize {
        usize::from(self.width).max(NARROWEST)
    }

    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// `text` behind `lead`, further lines below its first letter.
    pub(super) fn paragraph(&self, out: &mut String, lead: &str, text: &str) {
        let indent = lead.chars().count();
        for (i, line) in self.wrap(text, indent).iter().enumerate() {
            let start = if i == 0 {
                lead.to_owned()
            } else {
                " ".repeat(indent)
            };
            let _ = writeln!(out, "{start}{line}");
        }
    }

    pub(super) fn wrap(&self, text: &str, indent: usize) -> Vec<String> {
        let room = self.columns().saturating_sub(indent).max(20);
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            // A control character of a child's output must not reach the terminal.
            let word: String = word.chars().filter(|c| !c.is_control()).collect();
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                    line.push(' ');
                    line.push_str(&word);
                }
                _ => lines.push(word),
            }
        }
        lines
    }
}

fn verdict_style(kind: VerdictKind) -> Style {
    let colour = match kind {
        VerdictKind::Confirmed => AnsiColor::Green,
        VerdictKind::Close => AnsiColor::Cyan,
        VerdictKind::Refuted => AnsiColor::Red,
        VerdictKind::VersionDependent => AnsiColor::Magenta,
        VerdictKind::Inconclusive => AnsiColor::Yellow,
        VerdictKind::NotRun | VerdictKind::Untestable => return Style::new().dimmed(),
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

impl Exporter for Terminal {
    fn name(&self) -> &str {
        "report.txt"
    }

    fn write(&self, view: &ReportView<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(self.render(view).as_bytes())
    }
}

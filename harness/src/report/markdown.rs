//! `report.md`: for repositories and pull requests.

use std::io;

use minijinja::Value;
use minijinja::value::Serde;

use super::template::render;
use super::{Exporter, ReportView};

/// Writes the report as Markdown with links to the charts' files.
#[derive(Clone, Copy, Debug)]
pub struct Markdown;

/// `text` for a table cell or a sentence: nothing in it opens a column, a tag or a line.
pub(super) fn inert(text: String) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace(['\n', '\r'], " ")
}

/// Prose with its headings below those of the page. What starts with `#` in a fenced block is no heading.
fn lower_headings(prose: String) -> String {
    let mut fenced = false;
    let lines: Vec<String> = prose
        .trim_end()
        .lines()
        .map(|line| {
            fenced ^= line.trim_start().starts_with("```");
            if line.starts_with('#') && !fenced {
                format!("##{line}")
            } else {
                line.to_owned()
            }
        })
        .collect();
    lines.join("\n")
}

impl Exporter for Markdown {
    fn name(&self) -> &str {
        "report.md"
    }

    fn write(&self, view: &ReportView<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        render(
            "report.md",
            include_str!("templates/report.md"),
            |env| {
                env.add_filter("inert", inert);
                env.add_filter("lower_headings", lower_headings);
            },
            Value::from(Serde(view)),
            out,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::lower_headings;

    #[test]
    fn only_headings_are_lowered() {
        let prose = "# A\n```sh\n# comment\n```\n## B\n".to_owned();
        assert_eq!(
            lower_headings(prose),
            "### A\n```sh\n# comment\n```\n#### B"
        );
    }
}

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

/// `text` as a code span. What is inside of one can't be escaped: its fence is longer than every run of backticks in it.
pub(super) fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // CommonMark takes one space off either end.
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
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
                env.add_filter("code", |text: String| code(&text));
                env.add_filter("lower_headings", lower_headings);
            },
            Value::from(Serde(view)),
            out,
        )
    }
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Parser};

    use super::{code, lower_headings};

    #[test]
    fn a_code_span_holds_the_text_and_nothing_else() {
        for text in [
            "harness run gc-pauses",
            "--set 'mode=`date`'",
            "`whole`",
            "``",
            "a `` b ` c",
            "tail`",
            "two\nlines",
        ] {
            let span = format!("- again: {}", code(text));
            let codes: Vec<String> = Parser::new(&span)
                .filter_map(|event| match event {
                    Event::Code(code) => Some(code.into_string()),
                    _ => None,
                })
                .collect();
            assert_eq!(codes, [text.replace('\n', " ")], "{span}");
        }
    }

    #[test]
    fn only_headings_are_lowered() {
        let prose = "# A\n```sh\n# comment\n```\n## B\n".to_owned();
        assert_eq!(
            lower_headings(prose),
            "### A\n```sh\n# comment\n```\n#### B"
        );
    }
}

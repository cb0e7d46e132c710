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
fn inert(text: String) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace(['\n', '\r'], " ")
}

impl Exporter for Markdown {
    fn name(&self) -> &str {
        "report.md"
    }

    fn write(&self, view: &ReportView<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        render(
            "report.md",
            include_str!("templates/report.md"),
            |env| env.add_filter("inert", inert),
            Value::from(Serde(view)),
            out,
        )
    }
}

//! Verdicts and estimates to pages, tables and files.
//!
//! [`ReportView::build`] decides every word; exporters lay them out. Exact figures for machines come from the
//! [`Inputs`] that a view keeps, not from its words.

mod build;
mod csv;
mod experiment;
#[cfg(test)]
mod fixture;
mod gate;
mod html;
mod json;
mod markdown;
mod template;
mod terminal;
#[cfg(test)]
mod tests;
mod view;
mod words;

use std::io;

use crate::chart::{self, Embed};
use crate::record::{CellStop, Control, Estimate, Invocation, RunFile, Verdict};
use crate::spec::Experiment;

pub use csv::{EstimatesCsv, InvocationsCsv, SamplesCsv};
pub use gate::{gate_json, gate_markdown};
pub use html::Html;
pub use json::{VERDICTS_FORMAT, VerdictsJson};
pub use markdown::Markdown;
pub use terminal::Terminal;
pub use view::*;

/// All that a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The run.
    pub run: &'a RunFile,
    /// Definitions, in the order of the run.
    pub experiments: &'a [Experiment],
    /// The journal.
    pub invocations: &'a [Invocation],
    /// Estimates of cells and of ratios.
    pub estimates: &'a [Estimate],
    /// Verdicts on claims.
    pub verdicts: &'a [Verdict],
    /// Controls of fitness.
    pub controls: &'a [Control],
    /// Why cells stopped.
    pub stops: &'a [CellStop],
}

/// One output format.
pub trait Exporter {
    /// The file's usual name.
    fn name(&self) -> &str;

    /// Writes the whole file.
    ///
    /// # Errors
    /// What `out` returns; a fault of a template or an encoder as [`io::ErrorKind::Other`].
    fn write(&self, view: &ReportView<'_>, out: &mut dyn io::Write) -> io::Result<()>;
}

/// Exporters of the files that every run leaves.
pub fn standard() -> Vec<Box<dyn Exporter>> {
    vec![
        Box::new(Html),
        Box::new(Markdown),
        Box::new(EstimatesCsv),
        Box::new(InvocationsCsv),
        Box::new(SamplesCsv),
        Box::new(VerdictsJson),
    ]
}

/// The pictures as files of their own: path relative to the report, and SVG.
pub fn chart_files<'v>(view: &'v ReportView<'_>) -> impl Iterator<Item = (&'v str, String)> {
    view.experiments
        .iter()
        .flat_map(|e| &e.charts)
        .map(|c| (c.file.as_str(), chart::render(&c.figure, Embed::File)))
}

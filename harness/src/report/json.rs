//! `verdicts.json`: for tools that gate on verdicts.

use std::io;

use serde::Serialize;

use super::{Exporter, ReportView};
use crate::record::Verdict;

/// Version of `verdicts.json`.
pub const VERDICTS_FORMAT: u32 = 1;

/// Writes the verdicts as they were judged, with their evidence.
#[derive(Clone, Copy, Debug)]
pub struct VerdictsJson;

#[derive(Serialize)]
struct File<'a> {
    format: u32,
    run: &'a str,
    fit: bool,
    verdicts: &'a [Verdict],
}

impl Exporter for VerdictsJson {
    fn name(&self) -> &str {
        "verdicts.json"
    }

    fn write(&self, view: &ReportView<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let file = File {
            format: VERDICTS_FORMAT,
            run: &view.run,
            fit: view.fitness.fit,
            verdicts: view.inputs.verdicts,
        };
        serde_json::to_writer_pretty(&mut *out, &file)?;
        writeln!(out)
    }
}

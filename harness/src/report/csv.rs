//! Exact figures as CSV, in base units.

use std::collections::BTreeSet;
use std::io;

use super::{Exporter, ReportView};
use crate::record::{CellKey, Phase, Record};

/// Writes `estimates.csv`: one row an estimate.
#[derive(Clone, Copy, Debug)]
pub struct EstimatesCsv;

/// Writes `samples.csv`: one row a sample, a value or a histogram's bucket, of usable and failed invocations alike.
#[derive(Clone, Copy, Debug)]
pub struct SamplesCsv;

const CELL: [&str; 5] = ["experiment", "variant", "toolchain", "case", "copy"];

fn cell_fields(cell: &CellKey, params: &BTreeSet<&str>) -> Vec<String> {
    let mut fields = vec![
        cell.experiment.clone(),
        cell.variant.clone(),
        cell.toolchain.clone(),
        cell.case.clone(),
        cell.copy.to_string(),
    ];
    fields.extend(
        params
            .iter()
            .map(|p| cell.params.get(*p).cloned().unwrap_or_default()),
    );
    fields
}

/// Parameters get a prefix so that none can take another column's name.
fn header(params: &BTreeSet<&str>, rest: &[&str]) -> Vec<String> {
    CELL.iter()
        .map(|c| (*c).to_owned())
        .chain(params.iter().map(|p| format!("param:{p}")))
        .chain(rest.iter().map(|c| (*c).to_owned()))
        .collect()
}

fn params<'a>(cells: impl Iterator<Item = &'a CellKey>) -> BTreeSet<&'a str> {
    cells
        .flat_map(|c| c.params.keys().map(String::as_str))
        .collect()
}

impl Exporter for EstimatesCsv {
    fn name(&self) -> &str {
        "estimates.csv"
    }

    fn write(&self, view: &ReportView<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let estimates = view.inputs.estimates;
        let params = params(estimates.iter().map(|e| &e.cell));
        let mut csv = csv::Writer::from_writer(out);
        let columns = [
            "versus",
            "metric",
            "statistic",
            "unit",
            "center",
            "lo",
            "hi",
            "confidence",
            "n",
            "warnings",
            "id",
        ];
        csv.write_record(header(&params, &columns))?;
        for e in estimates {
            let warnings: Vec<String> = e.warnings.iter().map(ToString::to_string).collect();
            let mut row = cell_fields(&e.cell, &params);
            row.extend([
                e.versus
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                e.metric.clone(),
                e.statistic.clone(),
                // A ratio has the unit of neither side.
                if e.versus.is_some() {
                    "1".into()
                } else {
                    e.unit.to_string()
                },
                e.center.to_string(),
                e.lo.to_string(),
                e.hi.to_string(),
                e.confidence.to_string(),
                e.n.to_string(),
                warnings.join("; "),
                e.id.clone(),
            ]);
            csv.write_record(row)?;
        }
        csv.flush()
    }
}

impl Exporter for SamplesCsv {
    fn name(&self) -> &str {
        "samples.csv"
    }

    fn write(&self, view: &ReportView<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let invocations = view.inputs.invocations;
        let params = params(invocations.iter().map(|i| &i.cell));
        let mut csv = csv::Writer::from_writer(out);
        let columns = [
            "invocation",
            "block",
            "slot",
            "attempt",
            "usable",
            "disturbed",
            "metric",
            "unit",
            "kind",
            "phase",
            "ops",
            "at",
            "value",
            "upper",
            "count",
        ];
        csv.write_record(header(&params, &columns))?;
        for i in invocations {
            let mut start = cell_fields(&i.cell, &params);
            start.extend([
                i.id.to_string(),
                i.block.to_string(),
                i.slot.to_string(),
                i.attempt.to_string(),
                i.is_usable().to_string(),
                i.disturbed.is_some().to_string(),
            ]);
            for record in &i.records {
                for rest in record_rows(record) {
                    csv.write_record(
                        start
                            .iter()
                            .map(String::as_str)
                            .chain(rest.iter().map(String::as_str)),
                    )?;
                }
            }
        }
        csv.flush()
    }
}

/// Metric, unit, kind, phase, ops, at, value, upper end of a bucket, count.
fn record_rows(record: &Record) -> Vec<[String; 9]> {
    let empty = String::new;
    match record {
        Record::Sample(s) => vec![[
            s.metric.clone(),
            s.unit.to_string(),
            "sample".into(),
            match s.phase {
                Phase::Warmup => "warmup".into(),
                Phase::Measure => "measure".into(),
            },
            s.ops.to_string(),
            s.at.map(|at| at.to_string()).unwrap_or_default(),
            s.value.to_string(),
            empty(),
            "1".into(),
        ]],
        Record::Value(v) => vec![[
            v.metric.clone(),
            v.unit.to_string(),
            "value".into(),
            empty(),
            empty(),
            empty(),
            v.value.map(|x| x.to_string()).unwrap_or_default(),
            empty(),
            u8::from(v.value.is_some()).to_string(),
        ]],
        Record::Hist(h) => h
            .bounds
            .iter()
            .zip(h.bounds.iter().skip(1))
            .zip(&h.counts)
            .filter(|(_, count)| **count > 0)
            .map(|((lo, hi), count)| {
                [
                    h.metric.clone(),
                    h.unit.to_string(),
                    "bucket".into(),
                    empty(),
                    empty(),
                    empty(),
                    lo.to_string(),
                    hi.to_string(),
                    count.to_string(),
                ]
            })
            .collect(),
        Record::Hello(_) | Record::Outcome(_) | Record::Check { .. } | Record::Done { .. } => {
            Vec::new()
        }
    }
}

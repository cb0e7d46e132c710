//! Exact figures as CSV, in base units.

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use super::{Exporter, ReportView};
use crate::record::{CellKey, Phase, Record, Samples};

/// Writes `estimates.csv`: one row an estimate.
#[derive(Clone, Copy, Debug)]
pub struct EstimatesCsv;

/// Writes `invocations.csv`: one row an invocation, with its cell and its place in the run; failed ones too.
#[derive(Clone, Copy, Debug)]
pub struct InvocationsCsv;

/// Writes `samples.csv`: one row a sample, a value or a histogram's bucket, of usable and failed invocations alike; what is
/// known of the invocation stands in `invocations.csv`.
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

impl Exporter for InvocationsCsv {
    fn name(&self) -> &str {
        "invocations.csv"
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
        ];
        csv.write_record(header(&params, &columns))?;
        for i in invocations {
            let mut row = cell_fields(&i.cell, &params);
            row.extend([
                i.id.to_string(),
                i.block.to_string(),
                i.slot.to_string(),
                i.attempt.to_string(),
                i.is_usable().to_string(),
                i.disturbed.is_some().to_string(),
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
        let mut buffer = Vec::with_capacity(2 * CHUNK);
        buffer.extend_from_slice(b"invocation,metric,unit,kind,phase,ops,at,value,upper,count\n");
        for i in view.inputs.invocations {
            let id = i.id.to_string();
            for samples in &i.samples {
                write_samples(&id, samples, &mut buffer, out)?;
            }
            let mut csv = csv::Writer::from_writer(Vec::new());
            for record in &i.records {
                for rest in record_rows(record) {
                    let id = std::iter::once(id.as_str());
                    csv.write_record(id.chain(rest.iter().map(String::as_str)))?;
                }
            }
            let rows = csv.into_inner().map_err(|e| e.into_error())?;
            buffer.extend_from_slice(&rows);
        }
        out.write_all(&buffer)
    }
}

/// Bytes that are handed on at once.
const CHUNK: usize = 1 << 18;

/// One row a sample. There may be ten million: what is the same in all is encoded once, and the rest are numbers, which
/// need no quotes.
fn write_samples(
    id: &str,
    samples: &Samples,
    buffer: &mut Vec<u8>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let unit = samples.unit.to_string();
    let phase = match samples.phase {
        Phase::Warmup => "warmup",
        Phase::Measure => "measure",
        Phase::Scale => "scale",
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record([id, &samples.metric, &unit, "sample", phase])?;
    let mut same = csv.into_inner().map_err(|e| e.into_error())?;
    same.pop();
    same.push(b',');
    for (index, value) in samples.values.iter().enumerate() {
        buffer.extend_from_slice(&same);
        write_whole(samples.ops.get(index), buffer);
        buffer.push(b',');
        if let Some(at) = samples.at.get(index) {
            write_number(*at, buffer)?;
        }
        buffer.push(b',');
        write_number(*value, buffer)?;
        buffer.extend_from_slice(b",,1\n");
        if buffer.len() >= CHUNK {
            out.write_all(buffer)?;
            buffer.clear();
        }
    }
    Ok(())
}

/// As `Display` does, which for whole numbers takes several times as long.
fn write_number(value: f64, buffer: &mut Vec<u8>) -> io::Result<()> {
    let whole = value as u64;
    if whole as f64 == value && whole < 1 << 53 && value.is_sign_positive() {
        write_whole(whole, buffer);
        Ok(())
    } else {
        write!(buffer, "{value}")
    }
}

fn write_whole(mut number: u64, buffer: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[first..]);
}

/// Metric, unit, kind, phase, ops, at, value, upper end of a bucket, count.
fn record_rows(record: &Record) -> Vec<[String; 9]> {
    let empty = String::new;
    match record {
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
        // Samples are in columns of their own.
        Record::Sample(_)
        | Record::Hello(_)
        | Record::Outcome(_)
        | Record::Check { .. }
        | Record::Done { .. } => Vec::new(),
    }
}

//! What a single line can be, whatever came before it.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::record::{Histogram, PROTOCOL, Record, Sample, Value};

/// Fields of each record type beside `type`.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "hello",
        &[
            "protocol",
            "program",
            "language",
            "toolchain",
            "build",
            "params",
        ],
    ),
    ("sample", &["metric", "unit", "phase", "ops", "value", "at"]),
    ("hist", &["metric", "unit", "bounds", "counts", "max"]),
    ("value", &["metric", "unit", "value", "absent"]),
    ("outcome", &["key", "value"]),
    ("check", &["value"]),
    ("done", &["records"]),
];

/// Longest error that is kept of a line, in characters: it may quote the line.
const MAX_ERROR: usize = 200;

/// A line that follows the protocol, or a later one.
#[derive(Debug, PartialEq)]
pub(super) enum Understood {
    /// A record, and the first field that this version does not know.
    Record(Record, Option<String>),
    /// An object whose type this version does not know.
    UnknownType(String),
    /// A `hello` of a later protocol.
    NewerProtocol(u32),
}

/// Why a line is no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Garbage(String);

impl Garbage {
    pub(super) fn new(error: impl fmt::Display) -> Garbage {
        let text = error.to_string();
        // One line is parsed at a time: serde_json's "line 1" would be taken for the line of the output.
        let text = text.replace(" at line 1 column", " at column");
        match text.char_indices().nth(MAX_ERROR) {
            Some((cut, _)) => Garbage(format!("{}…", &text[..cut])),
            None => Garbage(text),
        }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// Reads one line.
pub(super) fn understand(bytes: &[u8]) -> Result<Understood, Garbage> {
    if bytes.trim_ascii().is_empty() {
        return Err(Garbage::new("an empty line"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Garbage::new(format_args!("invalid UTF-8: {error}")))?;
    let object: Map<String, Json> = serde_json::from_str(text).map_err(Garbage::new)?;
    let Some(Json::String(kind)) = object.get("type") else {
        return Err(Garbage::new("no text field `type`"));
    };
    let Some((_, known)) = FIELDS.iter().find(|(name, _)| name == kind) else {
        return Ok(Understood::UnknownType(kind.clone()));
    };
    if kind == "hello"
        && let Some(theirs) = object.get("protocol").and_then(Json::as_u64)
        && theirs > u64::from(PROTOCOL)
    {
        let theirs = u32::try_from(theirs).unwrap_or(u32::MAX);
        return Ok(Understood::NewerProtocol(theirs));
    }
    let unknown = object
        .keys()
        .find(|field| *field != "type" && !known.contains(&field.as_str()))
        .map(|field| format!("{kind}.{field}"));
    let record = Record::deserialize(Json::Object(object)).map_err(Garbage::new)?;
    check(&record)?;
    Ok(Understood::Record(record, unknown))
}

/// What the types do not say.
fn check(record: &Record) -> Result<(), Garbage> {
    match record {
        Record::Hello(hello) if hello.protocol == 0 => Err(Garbage::new("there is no protocol 0")),
        Record::Sample(sample) => check_sample(sample),
        Record::Hist(histogram) => check_histogram(histogram),
        Record::Value(value) => check_value(value),
        Record::Hello(_) | Record::Outcome(_) | Record::Check { .. } | Record::Done { .. } => {
            Ok(())
        }
    }
}

fn check_sample(sample: &Sample) -> Result<(), Garbage> {
    if sample.ops == 0 {
        return Err(Garbage::new(
            "`ops` is 0: a sample holds at least one operation",
        ));
    }
    finite("value", Some(sample.value))?;
    finite("at", sample.at)
}

fn check_value(value: &Value) -> Result<(), Garbage> {
    match (value.value, &value.absent) {
        (Some(_), Some(_)) => Err(Garbage::new("both `value` and `absent`")),
        (None, None) => Err(Garbage::new("neither `value` nor `absent`")),
        (number, _) => finite("value", number),
    }
}

fn check_histogram(histogram: &Histogram) -> Result<(), Garbage> {
    let (bounds, counts) = (&histogram.bounds, &histogram.counts);
    if bounds.len() != counts.len() + 1 {
        return Err(Garbage::new(format_args!(
            "{} bounds for {} counts: there must be one more bound than counts",
            bounds.len(),
            counts.len()
        )));
    }
    // Strictly ascending leaves no place for an infinity but the ends, and none for a NaN.
    if let Some(at) = bounds
        .windows(2)
        .position(|pair| pair[0].partial_cmp(&pair[1]) != Some(std::cmp::Ordering::Less))
    {
        return Err(Garbage::new(format_args!(
            "bounds do not ascend: {} is followed by {}",
            bounds[at],
            bounds[at + 1]
        )));
    }
    if counts
        .iter()
        .try_fold(0u64, |sum, &n| sum.checked_add(n))
        .is_none()
    {
        return Err(Garbage::new("the counts add up to more than 64 bits hold"));
    }
    finite("max", histogram.max)
}

fn finite(field: &str, number: Option<f64>) -> Result<(), Garbage> {
    match number {
        Some(number) if !number.is_finite() => Err(Garbage::new(format_args!(
            "`{field}` is not finite: {number}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: &str) -> String {
        match understand(line.as_bytes()) {
            Err(garbage) => garbage.into_text(),
            Ok(understood) => panic!("{line}: {understood:?}"),
        }
    }

    #[test]
    fn known_fields_are_those_of_the_types() {
        let schema = serde_json::to_value(schemars::schema_for!(Record)).unwrap();
        let mut seen = Vec::new();
        for variant in schema["oneOf"].as_array().unwrap() {
            let own = variant["properties"].as_object().unwrap();
            let kind = own["type"]["const"].as_str().unwrap();
            let shared = variant["$ref"].as_str().map(|reference| {
                let pointer = reference.trim_start_matches('#');
                schema.pointer(&format!("{pointer}/properties")).unwrap()
            });
            let mut fields: Vec<&str> = own
                .keys()
                .chain(shared.iter().flat_map(|s| s.as_object().unwrap().keys()))
                .map(String::as_str)
                .filter(|f| *f != "type")
                .collect();
            fields.sort_unstable();
            let (_, known) = FIELDS.iter().find(|(name, _)| *name == kind).unwrap();
            let mut known = known.to_vec();
            known.sort_unstable();
            assert_eq!(known, fields, "{kind}");
            seen.push(kind);
        }
        assert_eq!(seen.len(), FIELDS.len());
    }

    #[test]
    fn says_what_is_wrong_with_a_line() {
        for (line, expected) in [
            ("", "an empty line"),
            (" \t\r", "an empty line"),
            ("panic: boom", "expected value"),
            ("[1]", "invalid type: sequence, expected a map"),
            (r#"{"metric":"m"}"#, "no text field `type`"),
            (r#"{"type":"done","records":3} x"#, "trailing characters"),
            (
                r#"{"type":"done","records":-1}"#,
                "invalid value: integer `-1`, expected u64",
            ),
            (r#"{"type":"done"}"#, "missing field `records`"),
            (
                r#"{"type":"sample","metric":"m","unit":"ns","phase":"measure","ops":0,"value":1}"#,
                "`ops` is 0: a sample holds at least one operation",
            ),
            (
                r#"{"type":"sample","metric":"m","unit":"ns","phase":"measure","ops":1,"value":1e999}"#,
                "number out of range",
            ),
            (
                r#"{"type":"sample","metric":"m","unit":"ns","phase":"measure","ops":1,"value":NaN}"#,
                "expected value",
            ),
            (
                r#"{"type":"value","metric":"m","unit":"ns","value":1,"absent":"x"}"#,
                "both `value` and `absent`",
            ),
            (
                r#"{"type":"value","metric":"m","unit":"ns"}"#,
                "neither `value` nor `absent`",
            ),
            (
                r#"{"type":"hist","metric":"m","unit":"ns","bounds":[0,1],"counts":[1,2]}"#,
                "2 bounds for 2 counts: there must be one more bound than counts",
            ),
            (
                r#"{"type":"hist","metric":"m","unit":"ns","bounds":[],"counts":[]}"#,
                "0 bounds for 0 counts: there must be one more bound than counts",
            ),
            (
                r#"{"type":"hist","metric":"m","unit":"ns","bounds":[0,2,2],"counts":[1,2]}"#,
                "bounds do not ascend: 2 is followed by 2",
            ),
            (
                r#"{"type":"hist","metric":"m","unit":"ns","bounds":["+Inf",2],"counts":[1]}"#,
                "bounds do not ascend: inf is followed by 2",
            ),
            (
                r#"{"type":"hist","metric":"m","unit":"ns","bounds":[0,1,2],"counts":[18446744073709551615,1]}"#,
                "the counts add up to more than 64 bits hold",
            ),
            (
                r#"{"type":"hello","protocol":0,"program":"p","language":"go","toolchain":"t"}"#,
                "there is no protocol 0",
            ),
        ] {
            assert!(error(line).starts_with(expected), "{line}: {}", error(line));
        }
        let unit = error(r#"{"type":"value","metric":"m","unit":"ms","value":1}"#);
        assert!(
            unit.starts_with("unknown variant `ms`, expected one of `ns`"),
            "{unit}"
        );
    }

    #[test]
    fn an_error_never_quotes_a_long_line_in_full() {
        let line = format!(
            r#"{{"type":"value","metric":"m","unit":"{}"}}"#,
            "ß".repeat(5000)
        );
        assert!(error(&line).chars().count() <= MAX_ERROR + 1);
    }

    #[test]
    fn infinite_ends_of_a_histogram_are_fine() {
        let line = br#"{"type":"hist","metric":"m","unit":"ns","bounds":["-Inf",0,"+Inf"],"counts":[0,7]}"#;
        let Ok(Understood::Record(Record::Hist(histogram), None)) = understand(line) else {
            panic!("{:?}", understand(line));
        };
        assert_eq!(histogram.bounds, [f64::NEG_INFINITY, 0.0, f64::INFINITY]);
    }
}

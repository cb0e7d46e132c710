//! `harness/schemas` is generated from the types that read and write the files. `UPDATE_SCHEMAS=1` writes it again.

use std::fs;
use std::path::{Path, PathBuf};

use harness::calibrate::Calibration;
use harness::compare::Gate;
use harness::record::{Invocation, RunFile, Verdict};
use harness::spec::WireExperiment;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::json;

/// `verdicts.json`.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "the exporter's own type borrows and is private; this one is only described"
)]
struct VerdictsFile {
    /// Version of this format, 1.
    format: u32,
    /// The run's id.
    run: String,
    /// Whether all controls passed.
    fit: bool,
    /// By claim.
    verdicts: Vec<Verdict>,
}

fn schemas_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// The shape of what a person writes: fields with a default may be left out.
fn read() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_deserialize().into()
}

/// The shape of what the harness writes: fields that are always written are required.
fn written() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into()
}

fn all() -> [(&'static str, Schema); 6] {
    [
        (
            "experiment",
            titled::<WireExperiment>(read(), "Definition of an experiment"),
        ),
        (
            "journal",
            titled::<Invocation>(written(), "A line of journal.jsonl"),
        ),
        ("run", titled::<RunFile>(written(), "run.json")),
        (
            "verdicts",
            titled::<VerdictsFile>(written(), "verdicts.json"),
        ),
        (
            "compare",
            titled::<Gate>(written(), "harness compare --format json"),
        ),
        (
            "calibration",
            titled::<Calibration>(written(), "calibration.json"),
        ),
    ]
}

fn titled<T: JsonSchema>(generator: SchemaGenerator, title: &str) -> Schema {
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema
}

#[test]
fn the_files_are_what_the_types_say() {
    let update = std::env::var_os("UPDATE_SCHEMAS").is_some();
    for (name, schema) in all() {
        let path = schemas_folder().join(format!("{name}.schema.json"));
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if update {
            fs::create_dir_all(schemas_folder()).unwrap();
            fs::write(&path, text).unwrap();
        } else {
            let there = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                there == text,
                "{} is out of date: UPDATE_SCHEMAS=1 cargo test --test schemas",
                path.display()
            );
        }
    }
}

#[test]
fn values_may_be_written_as_the_loader_reads_them() {
    let schema = titled::<WireExperiment>(read(), "").to_value();
    let definitions = &schema["$defs"];
    let forms = |name: &str| {
        definitions[name]["anyOf"]
            .as_array()
            .unwrap_or_else(|| panic!("{name} has no alternatives: {}", definitions[name]))
            .clone()
    };
    let plain: Vec<_> = forms("Plain")
        .iter()
        .map(|form| form["type"].clone())
        .collect();
    assert_eq!(plain, ["boolean", "integer", "string"]);
    let one = json!({ "$ref": "#/$defs/Plain" });
    assert_eq!(definitions["Text"]["$ref"], one["$ref"]);
    assert_eq!(
        forms("Texts"),
        [one.clone(), json!({ "type": "array", "items": one })]
    );
}

#[test]
fn an_unknown_key_of_a_definition_does_not_fit() {
    let schema = titled::<WireExperiment>(read(), "").to_value();
    assert_eq!(schema["additionalProperties"], false);
    for name in ["WireRun", "WireMatrix", "WireClaim", "WireExpect"] {
        assert_eq!(
            schema["$defs"][name]["additionalProperties"], false,
            "{name}"
        );
    }
}

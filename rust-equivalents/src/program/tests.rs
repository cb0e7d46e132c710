use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::*;
use crate::{Histogram, Phase, Unit};

/// Keeps what a program writes.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A program with one parameter, whose case prints nothing of its own.
fn small(args: &[&str]) -> (Result<(), String>, String) {
    let mut program = Program::with_args("small", args.iter().map(|&arg| arg.to_owned()));
    program.param("live-mib", 64_u64, "live heap in MiB");
    program.case("churn", "replace objects", |_| {});
    let out = Shared::default();
    let result = program.run_into(Box::new(out.clone()));
    (result.map_err(|failure| failure.to_string()), out.text())
}

#[test]
fn refuses_wrong_flags_and_names_the_known_ones() {
    for (args, says) in [
        (&["--case=x"][..], "unknown case `x` (known: churn)"),
        (&[], "--case is missing (known: churn)"),
        (
            &["--case=churn", "--live=1"],
            "unknown flag --live (known: --hello, --help, --case, --seed, --live-mib)",
        ),
        (
            &["--case=churn", "--live-mib"],
            "--live-mib has no value (write --live-mib=value)",
        ),
        (
            &["--case=churn", "--live-mib=big"],
            "--live-mib=big: invalid digit found in string",
        ),
        (
            &["--case=churn", "--seed=1", "--seed=2"],
            "--seed is given twice",
        ),
        (
            &["churn"],
            "unexpected argument `churn` (flags are written --name=value)",
        ),
    ] {
        let (result, out) = small(args);
        assert_eq!(result, Err(says.to_owned()), "{args:?}");
        assert_eq!(out, "", "{args:?}");
    }
}

#[test]
fn hello_alone_needs_no_case_and_holds_the_defaults() {
    let (result, out) = small(&["--hello"]);
    assert_eq!((result, out.lines().count()), (Ok(()), 1));
    let hello: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(hello["type"], "hello");
    assert_eq!(
        hello["params"],
        serde_json::json!({"seed": "1", "live-mib": "64"})
    );
}

#[test]
fn help_lists_cases_and_parameters() {
    let (result, out) = small(&["--help"]);
    assert_eq!(result, Ok(()));
    for text in ["churn", "replace objects", "--live-mib", "(default 64)"] {
        assert!(out.contains(text), "{text} is not in {out}");
    }
}

#[test]
fn done_counts_the_lines_before_it() {
    let (_, out) = small(&["--case=churn", "--live-mib=8"]);
    assert_eq!(out.lines().count(), 2);
    assert!(out.ends_with("{\"type\":\"done\",\"records\":1}\n"));
    assert!(out.contains(r#""live-mib":"8""#));
}

/// The same records as `TestGolden` of the Go side.
fn golden() -> String {
    let args = ["--case=all", "--live-mib=32", "--seed=7"];
    let mut program = Program::with_args("golden", args.map(str::to_owned));
    program.toolchain = "rustc 1.95.0".to_owned();
    program.build = BTreeMap::from([("profile".to_owned(), "measured".to_owned())]);
    program.param("live-mib", 64_u64, "live heap in MiB");
    program.param("label", "a<b".to_owned(), "any text");
    program.case("all", "every type of record", |p| {
        use Unit::{Bytes, Nanoseconds, One, PerSecond};
        p.sample("alloc", Nanoseconds, Phase::Warmup, 1000, 12_345.5);
        p.sample("alloc", Nanoseconds, Phase::Measure, 1000, 12_000.0);
        p.sample_at("growth", Nanoseconds, Phase::Measure, 1, 250.0, 4096.0);
        let mut latency = Histogram::new();
        for ns in [1, 1, 255, 256, 1000, 1_000_000] {
            latency.record(ns);
        }
        p.histogram("latency", Nanoseconds, &latency);
        // Records that were written early count too.
        p.flush().unwrap();
        let bounds = [
            f64::NEG_INFINITY,
            0.0,
            64.0,
            128.0,
            256.0,
            512.0,
            f64::INFINITY,
        ];
        p.hist("pause", Nanoseconds, &bounds, &[1, 0, 0, 5, 0, 2]);
        p.histogram("nothing", Nanoseconds, &Histogram::new());
        p.value("heap", Bytes, 67_108_864.0);
        p.value("rate", PerSecond, 0.125);
        p.absent("cycles", One, "not a metric of this release");
        p.outcome("panics", true);
        p.outcome("exit-code", -2);
        p.outcome("error", "all goroutines are asleep \u{2013} \"deadlock\"!");
        p.check(format!("{} {}", p.rand().next_u64(), p.seed()));
    });
    let out = Shared::default();
    program.run_into(Box::new(out.clone())).unwrap();
    out.text()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../harness/tests/fixtures/probe")
        .join(name)
}

#[test]
fn writes_the_golden_records() {
    let path = fixture("rust.jsonl");
    let text = golden();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap());
}

#[test]
fn writes_the_records_that_the_go_side_writes() {
    let parse = |text: &str| -> Vec<serde_json::Value> {
        text.lines()
            .map(|line| numbers_as_floats(serde_json::from_str(line).unwrap()))
            .collect()
    };
    let mut mine = parse(&golden());
    let mut theirs = parse(&std::fs::read_to_string(fixture("go.jsonl")).unwrap());
    for hello in [&mut mine[0], &mut theirs[0]] {
        for own in ["language", "toolchain", "build"] {
            assert!(hello.as_object_mut().unwrap().remove(own).is_some());
        }
    }
    assert_eq!(mine, theirs);
}

/// Go writes 1 where Rust writes 1.0.
fn numbers_as_floats(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Number(n) => n.as_f64().into(),
        Value::Array(items) => items.into_iter().map(numbers_as_floats).collect(),
        Value::Object(fields) => (fields.into_iter())
            .map(|(name, field)| (name, numbers_as_floats(field)))
            .collect(),
        other => other,
    }
}

//! What a wrong definition is told: file, line, key, and what would be right.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use harness::spec::{Sources, load_all, load_text};

const GOOD: &str = r#"format = 1
title = "T"
summary = "s"
analysis = "a"
fairness = ["f"]
[run]
min-blocks = 6
max-blocks = 9
precision = "5%"
timeout = "10s"
budget = "60s"
[variants.go]
language = "go"
program = "selftest"
[params.size]
doc = "d"
[metrics.time]
title = "time"
unit = "ns"
[[matrix]]
case = "work"
variants = ["go"]
params = { size = [1, 2] }
[[claims]]
id = "q01-x"
question = 1
line = 1
kind = "timing"
says = "s"
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "go", params = { size = 1 } }
expect = { below = "1us" }
"#;

fn sources() -> Sources {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Sources {
        go_programs: project.join("go-programs"),
        rust_equivalents: project.join("rust-equivalents"),
    }
}

/// The problems of the good definition with one text in place of another.
fn problems(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    let text = GOOD.replacen(from, to, 1);
    match load_text(Path::new("x.toml"), &text, &sources()) {
        Ok(_) => String::new(),
        Err(found) => found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

#[test]
fn the_definition_that_the_cases_start_from_is_valid() {
    assert_eq!(problems("format = 1", "format = 1"), "");
}

#[test]
fn each_problem_is_told_with_file_line_and_key() {
    for (from, to, expected) in [
        (
            "format = 1",
            "format = 2",
            "x.toml:1: format: format 2 is not known, this harness reads 1",
        ),
        ("min-blocks = 6", "min-block = 6", "x.toml:7: "),
        (
            "min-blocks = 6",
            "min-block = 6",
            "unknown field `min-block`",
        ),
        (
            "min-blocks = 6",
            "min-blocks = 10",
            "x.toml:7: run.min-blocks: must be from 1 to max-blocks (9)",
        ),
        (
            "precision = \"5%\"",
            "precision = \"5ms\"",
            "x.toml:9: run.precision: `5ms` is in ns, but 1 is measured here",
        ),
        (
            "timeout = \"10s\"",
            "timeout = \"soon\"",
            "x.toml:10: run.timeout: `soon` does not start with a number",
        ),
        (
            "language = \"go\"",
            "language = \"golang\"",
            "unknown variant `golang`",
        ),
        (
            "program = \"selftest\"",
            "program = \"nosuch\"",
            "x.toml:12: variants.go: program `nosuch` is not a folder of `go-programs`",
        ),
        (
            "[params.size]",
            "[params.Size]",
            "params.Size: `Size` is not kebab-case",
        ),
        ("unit = \"ns\"", "unit = \"sec\"", "x.toml:19: "),
        (
            "variants = [\"go\"]",
            "variants = [\"go\", \"rust\"]",
            "x.toml:22: matrix[0].variants: unknown variant `rust` (known: go)",
        ),
        (
            "size = [1, 2]",
            "size = [1, 1]",
            "cell `go work size=1` stands here twice",
        ),
        (
            "size = [1, 2] }",
            "width = [1, 2] }",
            "unknown parameter `width`",
        ),
        (
            "case = \"work\"",
            "case = \"source\"",
            "`source` is reserved for [[source]] probes",
        ),
        (
            "metric = \"time\"",
            "metric = \"tine\"",
            "x.toml:31: claims[0].figures[0].metric: unknown metric `tine` (known: time)",
        ),
        (
            "statistic = \"median\"",
            "statistic = \"p101\"",
            "x.toml:32: claims[0].figures[0].statistic: unknown statistic `p101`",
        ),
        (
            "params = { size = 1 } }",
            "params = { size = 3 } }",
            "x.toml:33: claims[0].figures[0].select: selects no cell of the matrix",
        ),
        (
            "below = \"1us\"",
            "below = \"1MiB\"",
            "x.toml:34: claims[0].figures[0].expect.below: `1MiB` is in B, but ns is measured here",
        ),
        (
            "below = \"1us\"",
            "below = \"1us\", above = \"1ns\"",
            "give exactly one of `below`, `above`",
        ),
        (
            "below = \"1us\"",
            "between = [\"2us\", \"1us\"]",
            "the first end is above the second",
        ),
        (
            "below = \"1us\"",
            "below = \"1us\", tolerance = 0.5",
            "expect.tolerance: must be 1 or more",
        ),
        (
            "says = \"s\"\n[[claims.figures]]",
            "says = \"s\"\nuntestable = \"u\"\n[[claims.figures]]",
            "give `figures` or `outcomes` (or both), or `untestable`, or `not-run`",
        ),
        (
            "says = \"s\"\n[[claims.figures]]",
            "says = \"s\"\nalso = [\"q01-x\"]\n[[claims.figures]]",
            "claim `q01-x` stands here twice",
        ),
        (
            "[[matrix]]",
            "[[tool]]\nkey = \"k\"\ncommand = [\"gcc\"]\nsource = \"s\"\n[[matrix]]",
            "x.toml:22: tool[0].command: the first word must be `go` or `rustc`",
        ),
        (
            "[[matrix]]",
            "[[tool]]\nkey = \"k\"\ncommand = [\"go\"]\nsource = \"../s\"\n[[matrix]]",
            "tool[0].source: name a source of this project",
        ),
        (
            "[[claims.figures]]",
            "[[claims.outcomes]]\nkey = \"k\"\nequals = \"accepted\"\nselect = { case = \"tool\" }\n[[claims.figures]]",
            "claims[0].outcomes[0].select: selects no cell of the matrix",
        ),
        ("title = \"T\"", "title = ", "x.toml:2: "),
    ] {
        let found = problems(from, to);
        assert!(
            found.contains(expected),
            "`{to}` gives:\n{found}\nexpected: {expected}"
        );
    }
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let text = GOOD
        .replace("precision = \"5%\"", "precision = \"5ms\"")
        .replace("\"1us\"", "\"1MiB\"");
    let found = load_text(Path::new("x.toml"), &text, &sources()).unwrap_err();
    assert_eq!(found.len(), 2);
}

#[test]
fn a_claim_belongs_to_one_file() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.toml", "b.toml"] {
        std::fs::write(folder.path().join(name), GOOD).unwrap();
    }
    let error = load_all(folder.path(), &sources()).unwrap_err().to_string();
    assert!(
        error.contains("b.toml:25: claims[0].id: claim `q01-x` also stands in"),
        "{error}"
    );
}

/// The range of the good definition's figure.
const EXPECT: &str = "expect = { below = \"1us\" }";
/// Where tables go that come before the claims.
const CLAIMS: &str = "[[claims]]";

#[test]
fn each_line_is_told_whole() {
    let source = |more: &str| format!("[[source]]\nkey = \"k\"\n{more}\n{CLAIMS}");
    let chart = |more: &str| {
        format!("[[charts]]\nid = \"c\"\ntitle = \"t\"\nmetric = \"time\"\n{more}\n{CLAIMS}")
    };
    let versus = |measure: &str| format!("versus = {{ {measure} }}\nexpect = {{ below = \"2\" }}");
    for (from, to, expected) in [
        (
            "language = \"go\"",
            "language = \"go\"\ngo-min = \"new\"".to_owned(),
            "x.toml:14: variants.go.go-min: `new` is no Go release (write e.g. `1.22`)",
        ),
        (
            "timeout = \"10s\"",
            "timeout = \"0s\"".to_owned(),
            "x.toml:10: run.timeout: must be longer than nothing",
        ),
        (
            "variants = [\"go\"]",
            "variants = []".to_owned(),
            "x.toml:22: matrix[0].variants: name at least one variant\nx.toml:33: claims[0].figures[0].select: selects no cell of the matrix",
        ),
        (
            "size = [1, 2] }",
            "size = [] }".to_owned(),
            "x.toml:23: matrix[0].params.size: give at least one value\nx.toml:33: claims[0].figures[0].select: selects no cell of the matrix",
        ),
        (
            CLAIMS,
            source("files = [\"a\"]\npattern = \"(\""),
            "x.toml:27: source[0].pattern: no regular expression: unclosed group",
        ),
        (
            CLAIMS,
            source("files = []\npattern = \"a\""),
            "x.toml:26: source[0].files: name at least one file below GOROOT",
        ),
        (
            EXPECT,
            versus(
                "metric = \"os:peak-memory\", statistic = \"value\", select = { variant = \"go\" }",
            ),
            "x.toml:34: claims[0].figures[0].versus.metric: a ratio needs the same unit on both sides",
        ),
        (
            EXPECT,
            versus("metric = \"time\", statistic = \"median\", select = { variant = \"rust\" }"),
            "x.toml:34: claims[0].figures[0].versus: selects no cell of the matrix: unknown variant `rust` (known: go)\nx.toml:34: claims[0].figures[0].versus: nothing stands against `go work size=1`",
        ),
        (
            CLAIMS,
            chart("kind = \"sweep\""),
            "x.toml:28: charts[0].kind: a sweep needs `x`, a parameter",
        ),
        (
            CLAIMS,
            chart("kind = \"sweep\"\nx = \"width\""),
            "x.toml:29: charts[0].x: unknown parameter `width`",
        ),
        (
            CLAIMS,
            chart("kind = \"ecdf\"\nclaim = \"q02-y\""),
            "x.toml:29: charts[0].claim: unknown claim `q02-y`",
        ),
    ] {
        assert_eq!(problems(from, &to), expected, "of `{to}`");
    }
}

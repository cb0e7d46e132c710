//! The command as a person or a script meets it: words, streams and exit codes.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its project must fail"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use harness::cli::exit::Exit;
use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};
use tempfile::TempDir;

const DEFINITION: &str = r#"
format = 1
title = "Cost of a nap"
summary = "s"
analysis = "a"
fairness = ["f"]
run = { min-blocks = 6, max-blocks = 8, precision = "5%", timeout = "1s", budget = "40s" }
variants.go = { language = "go" }
variants.rust = { language = "rust" }
params.size = { doc = "size" }
metrics.time = { title = "time", unit = "ns", better = "lower" }

[[matrix]]
case = "nap"
variants = ["go", "rust"]
params = { size = [1, 2] }
control = true
[[matrix]]
case = "nap"
variants = ["go"]
params = { size = [3] }
from = "thorough"

[[claims]]
id = "q03-nap-short"
question = 3
line = 1
kind = "timing"
says = "A nap takes about 100 ns."
also = ["q44-nap-short"]
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "go" }
expect = { about = "100ns", tolerance = 1.5 }
[[claims]]
id = "q07-nap-pleasant"
question = 7
line = 2
kind = "opinion"
says = "Naps are pleasant."
untestable = "taste"
"#;

/// A project with the one experiment `nap-time`. Its programs are there and never built.
fn project() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("Cargo.toml", ""),
        ("harness/experiments/nap-time.toml", DEFINITION),
        ("go-programs/nap-time/main.go", "package main\n"),
        ("rust-equivalents/src/bin/nap-time.rs", "fn main() {}\n"),
    ] {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// The command in `folder`, where neither the user's cache nor the user's terminal has a say.
fn harness(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("harness").unwrap();
    command
        .current_dir(folder)
        .env("HARNESS_CACHE_DIR", folder.join("cache"))
        .env("COLUMNS", "100")
        .env_remove("CLICOLOR_FORCE");
    command
}

fn code(exit: Exit) -> i32 {
    exit.code().into()
}

#[test]
fn help_names_every_verb_and_goes_to_stdout() {
    let dir = tempfile::tempdir().unwrap();
    let mut says = harness(dir.path()).arg("--help").assert().success();
    for verb in [
        "list",
        "run",
        "report",
        "verify",
        "compare",
        "doctor",
        "toolchain",
        "completions",
    ] {
        says = says.stdout(contains(format!("\n  {verb} ")));
    }
    says.stderr(is_empty());
    harness(dir.path())
        .arg("--version")
        .assert()
        .success()
        .stdout(format!("harness {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_misspelt_verb_or_flag_is_refused_with_the_right_one() {
    let dir = project();
    for (words, right) in [
        (&["lst"][..], "'list'"),
        (&["run", "nap-time", "--profil", "quick"], "'--profile'"),
    ] {
        harness(dir.path())
            .args(words)
            .assert()
            .code(code(Exit::Usage))
            .stdout(is_empty())
            .stderr(contains(right));
    }
}

#[test]
fn a_value_that_does_not_fit_is_refused_with_its_flag_and_an_example() {
    let dir = project();
    for (flag, value, example) in [
        ("--set", "size", "gogc=50,100"),
        ("--set", "size=1,,2", "gogc=50,100"),
        ("--budget", "soon", "1h30m"),
        ("--budget", "90", "1h30m"),
        ("--go", "fast", "1.27"),
        ("--profile", "slow", "thorough"),
        ("--seed", "-", "--seed"),
    ] {
        harness(dir.path())
            .args(["run", "nap-time", &format!("{flag}={value}")])
            .assert()
            .code(code(Exit::Usage))
            .stdout(is_empty())
            .stderr(contains(flag).and(contains(example)));
    }
}

#[test]
fn a_misspelt_name_is_refused_with_the_right_one() {
    let dir = project();
    for (verb, name, right) in [
        ("run", "nap-tim", "nap-time"),
        ("list", "q03-nap-shor", "q03-nap-short"),
    ] {
        harness(dir.path())
            .args([verb, name])
            .assert()
            .code(code(Exit::Usage))
            .stdout(is_empty())
            .stderr(format!(
                "error: no experiment, claim or question `{name}`\n  did you mean `{right}`? (`harness list` shows all 1)\n"
            ));
    }
}

#[test]
fn a_parameter_that_nothing_has_is_refused_with_those_there_are() {
    let dir = project();
    // A toolchain that is not there and is not pinned: nothing is installed on the way.
    harness(dir.path())
        .args(["run", "nap-time", "--go=1.2", "--set=sise=1", "--dry-run"])
        .assert()
        .code(code(Exit::Usage))
        .stderr(contains("`sise`").and(contains("size")));
}

#[test]
fn run_needs_something_to_run() {
    let dir = project();
    harness(dir.path())
        .arg("run")
        .assert()
        .code(code(Exit::Usage));
    harness(dir.path())
        .args(["run", "nap-time", "--all"])
        .assert()
        .code(code(Exit::Usage));
}

#[test]
fn a_run_that_is_not_there_is_refused_with_the_place() {
    let dir = project();
    for verb in ["report", "verify"] {
        harness(dir.path())
            .arg(verb)
            .assert()
            .code(code(Exit::Usage))
            .stderr(contains("no run").and(contains("results/runs")));
    }
}

#[test]
fn list_shows_what_there_is_and_its_cost_by_profile() {
    let dir = project();
    // Four cells, the twin and the two of the positive control; one more when thorough.
    harness(dir.path())
        .arg("list")
        .assert()
        .success()
        .stderr(is_empty())
        .stdout(
            contains("nap-time")
                .and(contains("Cost of a nap"))
                .and(contains("q3 q7 q44"))
                .and(contains("7/7/8"))
                .and(contains("10.0 s/40.0 s/400 s")),
        );
}

#[test]
fn list_finds_the_project_from_a_folder_inside_it() {
    let dir = project();
    harness(&dir.path().join("go-programs/nap-time"))
        .args(["list", "--claims", "q7"])
        .assert()
        .success()
        .stdout("q07-nap-pleasant  [nap-time, opinion, untestable]  Naps are pleasant.\n");
}

#[test]
fn coverage_counts_every_statement_under_its_question_and_kind() {
    let dir = project();
    let output = harness(dir.path())
        .args(["list", "--coverage"])
        .output()
        .unwrap();
    let rows: Vec<Vec<String>> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect();
    for row in [
        // Statements, decided, inconclusive, not run, untestable, missing.
        ["q3", "1", "0", "0", "1", "0", "0"],
        ["q7", "1", "0", "0", "0", "1", "0"],
        ["q44", "1", "0", "0", "1", "0", "0"],
        ["all", "3", "0", "0", "2", "1", "0"],
        ["timing", "2", "0", "0", "2", "0", "0"],
        ["opinion", "1", "0", "0", "0", "1", "0"],
    ] {
        assert!(rows.contains(&row.map(str::to_owned).to_vec()), "{row:?}");
    }
}

#[test]
fn list_as_json_is_read_by_tools() {
    let dir = project();
    let output = harness(dir.path())
        .args(["list", "--json", "q3"])
        .output()
        .unwrap();
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list["format"], 1);
    let experiment = &list["experiments"][0];
    assert_eq!(experiment["name"], "nap-time");
    // The one claim that was asked for needs only the cells of Go.
    assert_eq!(experiment["cost"]["standard"]["cells"], 2 + 1 + 2);
    assert_eq!(experiment["cost"]["quick"]["budget_ns"], 10_000_000_000u64);
    let claims = experiment["claims"].as_array().unwrap();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0]["id"], "q03-nap-short");
    assert_eq!(claims[0]["also"][0], "q44-nap-short");
    assert_eq!(claims[0]["coverage"], "judged");
}

#[test]
fn a_definition_that_does_not_load_is_named_by_file_and_line() {
    let dir = project();
    let file = dir.path().join("harness/experiments/nap-time.toml");
    fs::write(&file, DEFINITION.replace("about =", "abuot =")).unwrap();
    harness(dir.path())
        .arg("list")
        .assert()
        .code(code(Exit::Setup))
        .stdout(is_empty())
        .stderr(
            starts_with("error: ")
                .and(contains("nap-time.toml:"))
                .and(contains("abuot")),
        );
}

#[test]
fn a_named_project_is_that_one_or_none() {
    let dir = project();
    let elsewhere = tempfile::tempdir().unwrap();
    let root = dir.path().to_str().unwrap();
    harness(elsewhere.path())
        .args(["--project", root, "list"])
        .assert()
        .success()
        .stdout(contains("nap-time"));
    // Neither a folder below a project nor an empty one may stand for another checkout.
    let below = dir.path().join("go-programs");
    for wrong in [&below, elsewhere.path()] {
        harness(dir.path())
            .arg("--project")
            .arg(wrong)
            .arg("list")
            .assert()
            .code(code(Exit::Usage))
            .stdout(is_empty())
            .stderr(contains("no project at"));
    }
}

#[test]
fn completions_need_no_project() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        harness(dir.path())
            .args(["completions", shell])
            .assert()
            .success()
            .stdout(contains("harness").and(contains("coverage")))
            .stderr(is_empty());
    }
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let dir = project();
    for words in [&["list"][..], &["completions", "bash"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = std::process::Command::new(env!("CARGO_BIN_EXE_harness"))
            .args(words)
            .current_dir(dir.path())
            .stdout(writer)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code(Exit::Fine)), "{words:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn colour_comes_when_asked_for_and_never_unasked_through_a_pipe() {
    let dir = project();
    let doctor = |when: &str| {
        let output = harness(dir.path())
            .args(["doctor", "--color", when])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(doctor("always").contains("\u{1b}["));
    for when in ["auto", "never"] {
        let says = doctor(when);
        assert!(says.contains("cargo: "), "{says}");
        assert!(!says.contains('\u{1b}'), "{says}");
    }
}

#[test]
fn toolchain_lists_the_pinned_releases_and_refuses_others() {
    let dir = project();
    harness(dir.path())
        .args(["toolchain", "list"])
        .assert()
        .success()
        .stdout(contains("1.27.3"));
    harness(dir.path())
        .args(["toolchain", "install", "1.2"])
        .assert()
        .code(code(Exit::Usage))
        .stdout(is_empty())
        .stderr(contains("go 1.2 is not pinned here").and(contains("1.27.3")));
}

#[test]
fn a_toolchain_that_is_refused_is_named_with_the_reason() {
    let dir = project();
    let root = dir.path().join("no-goroot");
    fs::create_dir(&root).unwrap();
    let line = format!("{} is not used: it has no bin/go", root.display());
    for words in [&["toolchain", "list"][..], &["doctor"]] {
        harness(dir.path())
            .args(words)
            .env("HARNESS_GO_ROOTS", &root)
            .assert()
            .stdout(contains(&line));
    }
}

#[test]
fn a_new_experiment_loads_and_takes_no_name_twice() {
    let dir = project();
    harness(dir.path())
        .args(["new", "map-insert"])
        .assert()
        .success()
        .stdout(
            contains("map-insert.toml")
                .and(contains("main.go"))
                .and(contains("map-insert.rs")),
        );
    harness(dir.path())
        .args(["list", "map-insert", "--claims"])
        .assert()
        .success()
        .stdout(contains("q99-map-insert-time  [map-insert, timing"));
    harness(dir.path())
        .args(["new", "map-insert"])
        .assert()
        .code(2)
        .stderr(contains("`map-insert` is taken"));
    harness(dir.path())
        .args(["new", "Map Insert"])
        .assert()
        .code(2)
        .stderr(contains("no name of an experiment"));
}

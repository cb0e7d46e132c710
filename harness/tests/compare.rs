//! The gate as a script meets it: two runs of a program that is told how to behave, and every exit code.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod project;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use assert_cmd::Command;
use harness::cli::exit::Exit;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use project::write;

/// Figures follow from the seed, and from how `LANG` says that program and machine behave: no test here measures a time.
const LIBRARY: &str = r###"
use std::io::Read as _;

/// Speaks probe protocol 1.
pub fn speak(program: &str) {
    let number = |name: &str| {
        std::env::args()
            .find_map(|a| a.strip_prefix(&format!("--{name}=")).and_then(|v| v.parse::<u64>().ok()))
            .unwrap_or(0)
    };
    let mood = std::env::var("LANG").unwrap_or_default();
    let is_control = program == "selftest";
    println!(r##"{{"type":"hello","protocol":1,"program":"{program}","language":"rust","toolchain":"t"}}"##);
    let noise = (number("seed") % 100) as f64 / 100.0 - 0.5;
    let spread = if mood == "wide" && !is_control { 0.4 } else { 0.01 };
    let is_slow = mood == "machine" || (mood == "program" && !is_control);
    let factor = if is_slow { 1.3 } else { 1.0 } * (1.0 + number("extra-percent") as f64 / 100.0);
    let metric = if is_control { "spin" } else { "time" };
    for i in 0..10 {
        let value = 100_000.0 * (1.0 + spread * noise) * factor + f64::from(i);
        println!(r##"{{"type":"sample","metric":"{metric}","unit":"ns","phase":"measure","ops":1000,"value":{value}}}"##);
    }
    println!(r##"{{"type":"done","records":11}}"##);
    if std::env::var_os("HARNESS_HOLD").is_some() {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
    }
}
"###;

const DEFINITION: &str = r#"
format = 1
title = "T"
summary = "s"
analysis = "a"
fairness = ["f"]
[run]
min-blocks = 6
max-blocks = 12
precision = "5%"
timeout = "60s"
budget = "600s"
[variants.rust]
language = "rust"
program = "good"
[metrics.time]
title = "time"
unit = "ns"
better = "lower"
[[matrix]]
case = "work"
variants = ["rust"]
[[claims]]
id = "q03-NAME"
question = 3
line = 1
kind = "timing"
says = "Takes at most 120 ns."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "rust" }
expect = { below = "120ns" }
"#;

/// One project with the experiments `work` and `other`, and a run of `work` for each way to behave.
fn project() -> &'static Path {
    static PROJECT: OnceLock<PathBuf> = OnceLock::new();
    PROJECT.get_or_init(|| {
        let root = project::make("compare", LIBRARY, &["good", "selftest"]);
        for name in ["work", "other"] {
            let path = root.join(format!("harness/experiments/{name}.toml"));
            write(&path, &DEFINITION.replace("NAME", name));
        }
        for (run, name, seed, mood) in [
            ("calm", "work", "7", "C"),
            ("again", "work", "8", "C"),
            ("program", "work", "9", "program"),
            ("machine", "work", "10", "machine"),
            ("wide", "work", "11", "wide"),
            ("other", "other", "12", "C"),
        ] {
            let out = root.join("made");
            measure(&root, &out, name, seed, mood).assert().code(0);
            let made = fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();
            fs::create_dir_all(root.join("results/runs")).unwrap();
            fs::rename(made, root.join("results/runs").join(run)).unwrap();
        }
        stranger(&root, &root.join("results/runs/stranger"));
        rebuilt(&root.join("results/runs/program"));
        root
    })
}

/// The run `again` as another machine would have made it.
fn stranger(root: &Path, to: &Path) {
    let from = root.join("results/runs/again");
    fs::create_dir_all(to.join("definitions")).unwrap();
    for file in ["journal.jsonl", "definitions/work.toml"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    let text = fs::read_to_string(from.join("run.json")).unwrap();
    let mut run: serde_json::Value = serde_json::from_str(&text).unwrap();
    run["host"]["cpu_model"] = "Analytical Engine".into();
    fs::write(to.join("run.json"), run.to_string()).unwrap();
}

/// As if the run had measured a build of its own: what `LANG` does to it stands for a change of its source.
fn rebuilt(run: &Path) {
    let path = run.join("run.json");
    let mut file: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for receipt in file["builds"].as_array_mut().unwrap() {
        if receipt["variant"] == "rust" {
            receipt["binary"] = "0".repeat(64).into();
        }
    }
    fs::write(path, file.to_string()).unwrap();
}

fn command(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command
        .current_dir(root)
        .env("HARNESS_CACHE_DIR", root.join("cache"))
        .env("NO_COLOR", "1")
        .env("COLUMNS", "120")
        .timeout(Duration::from_secs(240));
    command
}

fn measure(root: &Path, out: &Path, name: &str, seed: &str, mood: &str) -> Command {
    let mut command = command(root);
    command
        .env("LANG", mood)
        .args([
            "run",
            name,
            "--profile",
            "standard",
            "--seed",
            seed,
            "--out",
        ])
        .arg(out);
    command
}

fn compare(a: &str, b: &str, more: &[&str]) -> assert_cmd::assert::Assert {
    command(project())
        .args(["compare", a, b])
        .args(more)
        .assert()
}

fn code(exit: Exit) -> i32 {
    i32::from(exit.code())
}

#[test]
fn the_same_program_twice_passes() {
    compare("calm", "again", &[])
        .code(code(Exit::Fine))
        .stderr("")
        .stdout(
            contains("0 worse")
                .and(contains("the same control program takes 1.00x"))
                .and(contains("\nSame").not()),
        );
    compare("calm", "again", &["-v"])
        .code(code(Exit::Fine))
        .stdout(contains("\nSame\n").and(contains("same (same binary)")));
}

#[test]
fn a_slower_program_is_a_regression_and_a_claim_that_no_longer_holds_a_flip() {
    compare("calm", "program", &[])
        .code(code(Exit::Changed))
        .stdout(
            contains("WORSE: 1 worse, 1 claim flipped")
                .and(contains("slower"))
                .and(contains("1.30x"))
                .and(contains("q03-work on rust: confirmed -> refuted")),
        );
    compare("program", "calm", &["--format", "md"])
        .code(code(Exit::Changed))
        .stdout(contains("### Better").and(contains("| faster |")));
    // A margin that 30 % is within leaves only the claim.
    compare("calm", "program", &["--margin", "50%"])
        .code(code(Exit::Changed))
        .stdout(contains("0 worse, 1 claim flipped"));
}

#[test]
fn a_machine_that_changed_makes_everything_inconclusive() {
    compare("calm", "machine", &[])
        .code(code(Exit::Fine))
        .stdout(
            contains("NOTHING WORSE IS SHOWN: 0 worse")
                .and(contains("the machine has changed"))
                .and(contains("1 claim no longer decided"))
                .and(contains("0 same")),
        );
    compare("calm", "machine", &["--strict"]).code(code(Exit::Inconclusive));
}

#[test]
fn what_is_too_wide_is_not_the_same_and_fails_only_under_strict() {
    compare("calm", "wide", &[])
        .code(code(Exit::Fine))
        .stdout(contains("NOTHING WORSE IS SHOWN").and(contains("too wide to call it")));
    compare("calm", "wide", &["--strict"]).code(code(Exit::Inconclusive));
}

#[test]
fn other_machines_and_other_cells_are_incomparable() {
    compare("calm", "stranger", &[])
        .code(code(Exit::Incomparable))
        .stdout(contains("INCOMPARABLE").and(contains("CPU model:")));
    compare("calm", "other", &[])
        .code(code(Exit::Incomparable))
        .stdout(contains("no cell is in both runs"));
    compare("calm", "nosuch", &[])
        .code(code(Exit::Usage))
        .stdout("");
    compare("calm", "again", &["--margin", "5ms"])
        .code(code(Exit::Usage))
        .stdout("")
        .stderr(contains("--margin"));
}

#[test]
fn json_is_read_by_tools() {
    let output = compare("calm", "program", &["--format", "json"])
        .code(code(Exit::Changed))
        .get_output()
        .stdout
        .clone();
    let gate: serde_json::Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(gate["format"], 1);
    assert_eq!(gate["margin"], 0.05);
    let time = gate["comparisons"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["metric"] == "time")
        .unwrap();
    assert_eq!(time["word"], "slower");
    assert_eq!(time["is_worse"], true);
    assert_eq!(time["same_binary"], false);
    assert!(time["ratio"]["lo"].as_f64().unwrap() > 1.25);
    assert_eq!(gate["claims"][0]["change"], "flip");
}

#[test]
fn a_run_is_held_against_its_baseline() {
    let root = project();
    for (mood, expected) in [("C", Exit::Fine), ("program", Exit::Changed)] {
        let out = tempfile::tempdir().unwrap();
        measure(root, out.path(), "work", "13", mood)
            .args(["--baseline", "calm"])
            .assert()
            .code(code(expected))
            .stdout(contains("report.html").and(contains("B : A").or(contains("0 worse"))));
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
    }
    for (name, baseline, why) in [
        ("work", "stranger", "CPU model"),
        ("other", "calm", "no cell of the plan"),
    ] {
        let out = tempfile::tempdir().unwrap();
        measure(root, out.path(), name, "13", "C")
            .args(["--baseline", baseline])
            .assert()
            .code(code(Exit::Incomparable))
            .stdout(contains(why));
        assert_eq!(
            fs::read_dir(out.path()).unwrap().count(),
            0,
            "it was measured all the same"
        );
    }
}

//! The command itself, on a project of its own: a Rust program that behaves as it is told. Every exit code is provoked.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod project;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use harness::cli::exit::Exit;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use project::write;

const LIBRARY: &str = r###"
use std::io::Read as _;

/// Longer than any test waits, and not for ever: nothing stays behind where a harness was killed.
fn hang() -> ! {
    std::thread::sleep(std::time::Duration::from_secs(300));
    std::process::exit(9)
}

/// Speaks probe protocol 1 and behaves as `--mode` says.
pub fn speak(program: &str) {
    let flag = |name: &str| {
        std::env::args().find_map(|a| a.strip_prefix(&format!("--{name}=")).map(str::to_owned))
    };
    let number = |name: &str| flag(name).and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
    let mode = flag("mode").unwrap_or_default();
    match mode.as_str() {
        "fail" => std::process::exit(9),
        "hang" => hang(),
        "slow" => std::thread::sleep(std::time::Duration::from_millis(150)),
        "abort" => std::process::abort(),
        "held" => {
            std::fs::write("held.pid", std::process::id().to_string()).unwrap();
            hang()
        }
        "fork" => {
            let own = std::env::current_exe().unwrap();
            let child = std::process::Command::new(own).arg("--mode=hang").spawn().unwrap();
            eprintln!("{}", child.id());
            hang()
        }
        _ => {}
    }
    let protocol = if mode == "newer" { 2 } else { 1 };
    println!(r##"{{"type":"hello","protocol":{protocol},"program":"{program}","language":"rust","toolchain":"t"}}"##);
    let mut lines = 1;
    // Up to 1 % apart from process to process, and 40 % where the mode says so.
    let noise = (number("seed") % 100) as f64 / 100.0;
    let spread = if mode == "wide" { 0.4 } else { 0.01 };
    let is_deaf = std::env::var("LANG").is_ok_and(|lang| lang == "deaf");
    if std::env::var("LANG").is_ok_and(|lang| lang == "gone") {
        std::fs::remove_file(std::env::current_exe().unwrap()).unwrap();
    }
    let extra = if is_deaf { 0 } else { number("extra-percent") };
    let metric = if program == "selftest" { "spin" } else { "time" };
    for i in 0..10 {
        let value = 100_000.0 * (1.0 + spread * (noise - 0.5)) * (1.0 + extra as f64 / 100.0) + f64::from(i);
        println!(r##"{{"type":"sample","metric":"{metric}","unit":"ns","phase":"measure","ops":1000,"value":{value}}}"##);
        lines += 1;
    }
    match mode.as_str() {
        "garbage" => println!("what?"),
        "truncated" => std::process::exit(0),
        "miscounted" => lines += 1,
        _ => {}
    }
    println!(r##"{{"type":"done","records":{lines}}}"##);
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
max-blocks = 6
precision = "5%"
timeout = "TIMEOUT"
budget = "600s"
[variants.rust]
language = "rust"
program = "PROGRAM"
[params.mode]
doc = "how to behave"
[metrics.time]
title = "time"
unit = "ns"
[[matrix]]
case = "work"
variants = ["rust"]
params = { mode = MODES }
[[claims]]
id = "CLAIM"
question = 3
line = 1
kind = "timing"
says = "Takes at most BOUND."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "rust", params = { mode = "FIRST" } }
expect = { below = "BOUND" }
"#;

/// Far above what any command here takes.
const LIMIT: Duration = Duration::from_secs(120);

fn experiment(root: &Path, name: &str, program: &str, modes: &[&str], bound: &str, timeout: &str) {
    let list = format!(
        "[{}]",
        modes
            .iter()
            .map(|m| format!("\"{m}\""))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let text = DEFINITION
        .replace("PROGRAM", program)
        .replace("MODES", &list)
        .replace("CLAIM", &format!("q03-{name}"))
        .replace("FIRST", modes[0])
        .replace("BOUND", bound)
        .replace("TIMEOUT", timeout);
    write(
        &root.join(format!("harness/experiments/{name}.toml")),
        &text,
    );
}

/// One project for all tests, so that its programs are built once.
fn project() -> &'static Path {
    static PROJECT: OnceLock<PathBuf> = OnceLock::new();
    PROJECT.get_or_init(|| {
        let root = project::make("run", LIBRARY, &["good", "selftest"]);
        write(
            &root.join("rust-equivalents/src/bin/broken.rs"),
            "fn main() { let x: u32 = \"no number\"; }",
        );
        experiment(&root, "good", "good", &["plain"], "1us", "60s");
        experiment(&root, "open", "good", &["wide"], "100ns", "60s");
        experiment(&root, "half", "good", &["plain", "fail"], "1us", "60s");
        experiment(&root, "stuck", "good", &["plain", "hang"], "1us", "1s");
        experiment(
            &root,
            "odd",
            "good",
            &[
                "plain",
                "abort",
                "garbage",
                "truncated",
                "miscounted",
                "newer",
            ],
            "1us",
            "60s",
        );
        experiment(&root, "fork", "good", &["plain", "fork"], "1us", "1s");
        experiment(&root, "held", "good", &["held"], "1us", "600s");
        experiment(&root, "slow", "good", &["slow"], "1us", "60s");
        experiment(&root, "broken", "broken", &["plain"], "1us", "60s");
        root
    })
}

/// The command in the fixture's project, with a runs folder of its own.
fn harness(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command
        .current_dir(project())
        .env("HARNESS_CACHE_DIR", project().join("cache"))
        .env("NO_COLOR", "1")
        // A harness that waits for ever must fail its test, not hold up all of them.
        .timeout(LIMIT)
        .args(args);
    command
}

fn code(exit: Exit) -> i32 {
    i32::from(exit.code())
}

fn run_in(out: &Path, name: &str, more: &[&str]) -> Command {
    let mut args = vec![
        "run",
        name,
        "--seed",
        "7",
        "--profile",
        "quick",
        "--out",
        out.to_str().unwrap(),
    ];
    args.extend(more);
    harness(&args)
}

fn only_run(out: &Path) -> PathBuf {
    fs::read_dir(out).unwrap().next().unwrap().unwrap().path()
}

/// Ids of the first attempts: how often the machine made one be repeated differs from run to run.
fn first_attempts(run: &Path) -> BTreeSet<String> {
    journal(run)
        .iter()
        .filter(|line| line["attempt"] == 0)
        .map(|line| line["id"].as_str().unwrap().to_owned())
        .collect()
}

fn journal_ids(run: &Path) -> Vec<String> {
    journal(run)
        .iter()
        .map(|line| line["id"].as_str().unwrap().to_owned())
        .collect()
}

fn journal(run: &Path) -> Vec<serde_json::Value> {
    fs::read_to_string(run.join("journal.jsonl"))
        .unwrap_or_default()
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[test]
fn a_run_leaves_all_its_files_and_verify_agrees() {
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "good", &[])
        .assert()
        .code(code(Exit::Fine))
        .stdout(
            contains("confirmed")
                .and(contains("report.html"))
                .and(contains("\u{1b}[").not()),
        );
    let run = only_run(out.path());
    for file in [
        "run.json",
        "journal.jsonl",
        "estimates.csv",
        "invocations.csv",
        "samples.csv",
        "verdicts.json",
        "report.html",
        "report.md",
        "stops.json",
    ] {
        assert!(run.join(file).is_file(), "{file}");
    }
    harness(&["verify", run.to_str().unwrap()])
        .assert()
        .code(code(Exit::Fine));
    harness(&["report", run.to_str().unwrap()])
        .assert()
        .code(code(Exit::Fine));
    let verdicts = fs::read_to_string(run.join("verdicts.json")).unwrap();
    fs::write(
        run.join("verdicts.json"),
        verdicts.replace("confirmed", "refuted"),
    )
    .unwrap();
    harness(&["verify", run.to_str().unwrap()])
        .assert()
        .code(code(Exit::Changed))
        .stdout(contains("q03-good: written refuted"));
}

#[test]
fn what_the_user_builds_with_does_not_reach_the_programs() {
    let (out, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let linker = format!(
        "CARGO_TARGET_{}_UNKNOWN_LINUX_GNU_LINKER",
        std::env::consts::ARCH.to_uppercase()
    );
    run_in(out.path(), "good", &[])
        .env("HARNESS_CACHE_DIR", cache.path())
        .env(linker, "/no/such/linker")
        .env("RUSTC_WRAPPER", "/no/such/wrapper")
        .env("RUSTFLAGS", "--no-such-flag")
        .env("CARGO_ENCODED_RUSTFLAGS", "--no-such-flag")
        .env("CARGO_INCREMENTAL", "no such value")
        .assert()
        .code(code(Exit::Fine));
}

#[test]
fn wrong_words_are_usage_errors_with_the_right_word() {
    harness(&["run", "goood"])
        .assert()
        .code(code(Exit::Usage))
        .stdout("")
        .stderr(contains("did you mean `good`?"));
    harness(&["run", "good", "--set", "mode"])
        .assert()
        .code(code(Exit::Usage))
        .stderr(contains("--set"));
    harness(&["run", "good", "--budget", "soon"])
        .assert()
        .code(code(Exit::Usage))
        .stderr(contains("--budget"));
    harness(&["run", "good", "--set", "mood=x"])
        .assert()
        .code(code(Exit::Usage))
        .stderr(contains("mode"));
    harness(&["report", "nosuch"])
        .assert()
        .code(code(Exit::Usage));
    harness(&["run"]).assert().code(code(Exit::Usage));
}

#[test]
fn an_undecided_claim_fails_only_under_strict() {
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "open", &[])
        .assert()
        .code(code(Exit::Fine))
        .stdout(contains("inconclusive"));
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "open", &["--strict"])
        .assert()
        .code(code(Exit::Inconclusive));
}

#[test]
fn a_missed_slow_down_makes_the_run_unfit_and_takes_verdicts_down() {
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "good", &[])
        .env("LANG", "deaf")
        .assert()
        .code(code(Exit::Unfit))
        .stdout(contains("UNFIT").and(contains("Would be confirmed")));
}

#[test]
fn a_slow_down_that_could_not_be_built_makes_the_run_unfit() {
    let root = project::make("blind", LIBRARY, &["good"]);
    experiment(&root, "good", "good", &["plain"], "1us", "60s");
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "good", &[])
        .current_dir(&root)
        .env("HARNESS_CACHE_DIR", root.join("cache"))
        .assert()
        .code(code(Exit::Unfit))
        .stdout(
            contains("the known slow-down was not measured").and(contains("Would be confirmed")),
        )
        .stderr(contains("`selftest` not found"));
    harness(&["verify", only_run(out.path()).to_str().unwrap()])
        .current_dir(&root)
        .assert()
        .code(code(Exit::Fine));
}

#[test]
fn failed_invocations_are_told_and_the_others_count() {
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "half", &[])
        .assert()
        .code(code(Exit::InvocationsFailed))
        .stdout(contains("EXIT 9").and(contains("confirmed")));
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "stuck", &[])
        .assert()
        .code(code(Exit::InvocationsFailed))
        .stdout(contains("TIMEOUT").and(contains("confirmed")));
}

#[test]
fn a_definition_that_does_not_load_is_named_by_file_line_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("Cargo.toml"), "[workspace]\n");
    fs::create_dir_all(root.join("go-programs")).unwrap();
    experiment(root, "bad", "nowhere", &["plain"], "1MiB", "60s");
    Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["list", "--project", root.to_str().unwrap()])
        .assert()
        .code(code(Exit::Setup))
        .stdout("")
        .stderr(contains("bad.toml:").and(contains(
            "claims[0].figures[0].expect.below: `1MiB` is in B, but ns is measured here",
        )));
}

#[test]
fn nothing_that_builds_is_a_code_of_its_own() {
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "broken", &[])
        .assert()
        .code(code(Exit::BuildFailed))
        .stderr(contains("full log"));
}

#[test]
fn a_dry_run_prints_the_plan_and_leaves_nothing() {
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "q3", &["--dry-run"])
        .assert()
        .code(code(Exit::Fine))
        .stdout(contains("rust work mode=plain").and(contains("measuring takes at most")));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn what_was_stopped_or_killed_goes_on_where_it_was() {
    let whole = tempfile::tempdir().unwrap();
    run_in(whole.path(), "slow", &[])
        .assert()
        .code(code(Exit::Fine));
    let expected = first_attempts(&only_run(whole.path()));

    for signal in ["-INT", "-KILL"] {
        let out = tempfile::tempdir().unwrap();
        let mut child = Process::new(env!("CARGO_BIN_EXE_harness"))
            .args(["run", "slow", "--seed", "7", "--profile", "quick", "--out"])
            .arg(out.path())
            .current_dir(project())
            .env("HARNESS_CACHE_DIR", project().join("cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(120);
        let started = || {
            fs::read_dir(out.path())
                .ok()
                .and_then(|mut runs| runs.next())
                .is_some_and(|run| !journal_ids(&run.unwrap().path()).is_empty())
        };
        while !started() {
            assert!(Instant::now() < deadline, "no invocation was written");
            std::thread::sleep(Duration::from_millis(20));
        }
        Process::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        let ended = child.wait().unwrap();
        let run = only_run(out.path());
        let before = journal_ids(&run);
        assert!(
            before.len() < expected.len(),
            "it was over before the signal came"
        );
        if signal == "-INT" {
            assert_eq!(ended.code(), Some(code(Exit::Interrupted)));
            assert!(run.join("report.html").is_file());
        }
        // By its name within the folder of runs once, by its path once.
        let mut resume = match signal {
            "-INT" => harness(&[
                "run",
                "--resume",
                "latest",
                "--out",
                out.path().to_str().unwrap(),
            ]),
            _ => harness(&["run", "--resume", run.to_str().unwrap()]),
        };
        resume.assert().code(code(Exit::Fine));
        let after = journal_ids(&run);
        assert_eq!(after[..before.len()], before, "what was measured is kept");
        let distinct: BTreeSet<&String> = after.iter().collect();
        assert_eq!(distinct.len(), after.len(), "nothing is measured twice");
        assert_eq!(first_attempts(&run), expected);
    }
}

#[test]
fn the_other_verbs_answer() {
    harness(&["list"])
        .assert()
        .code(code(Exit::Fine))
        .stdout(contains("good"))
        .stderr("");
    harness(&["list", "--claims"])
        .assert()
        .code(code(Exit::Fine))
        .stdout(contains("q03-good"));
    harness(&["list", "--coverage"])
        .assert()
        .code(code(Exit::Fine))
        .stdout(contains("q3"));
    harness(&["completions", "bash"])
        .assert()
        .code(code(Exit::Fine))
        .stdout(contains("harness"));
    harness(&["toolchain", "list"])
        .assert()
        .code(code(Exit::Fine))
        .stdout(contains("1.27.3"));
    let doctor = harness(&["doctor"]).output().unwrap();
    assert!([code(Exit::Fine), code(Exit::Setup)].contains(&doctor.status.code().unwrap()));
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("cache"));
}

fn is_alive(pid: &str) -> bool {
    Path::new("/proc").join(pid).exists()
}

#[test]
fn each_way_to_misbehave_has_its_word_and_costs_the_others_nothing() {
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "odd", &[])
        .assert()
        .code(code(Exit::InvocationsFailed))
        .stdout(contains("confirmed"));
    let journal = journal(&only_run(out.path()));
    let of = |mode: &str| -> Vec<&serde_json::Value> {
        journal
            .iter()
            .filter(|line| line["cell"]["params"]["mode"] == mode)
            .collect()
    };
    for (mode, field, tag, what) in [
        ("plain", "probe", "what", "complete"),
        ("abort", "end", "how", "signalled"),
        ("garbage", "probe", "what", "garbage"),
        ("truncated", "probe", "what", "truncated"),
        ("miscounted", "probe", "what", "truncated"),
        ("newer", "probe", "what", "newer-protocol"),
    ] {
        let lines = of(mode);
        assert!(!lines.is_empty(), "{mode} was never run");
        for line in lines {
            assert_eq!(line[field][tag], what, "{mode}: {line}");
        }
    }
    let report = fs::read_to_string(only_run(out.path()).join("report.md")).unwrap();
    for word in ["SIGNAL 6", "GARBAGE in line 12", "TRUNCATED", "PROTOCOL 2"] {
        assert!(report.contains(word), "{word} is not in the report");
    }
}

#[test]
fn a_program_that_vanishes_has_not_failed_and_a_resume_builds_it_again() {
    let (out, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run_in(out.path(), "good", &[])
        .env("HARNESS_CACHE_DIR", cache.path())
        .env("LANG", "gone")
        .assert()
        .code(code(Exit::Setup))
        .stderr(contains("program is gone").and(contains("harness run --resume")));
    let run = only_run(out.path());
    let before = journal(&run);
    assert!(!before.is_empty());
    for line in &before {
        assert_eq!(line["end"]["how"], "exited", "{line}");
    }
    harness(&["run", "--resume", run.to_str().unwrap()])
        .env("HARNESS_CACHE_DIR", cache.path())
        .assert()
        .code(code(Exit::Fine));
    assert_eq!(journal(&run)[..before.len()], before);
}

#[test]
fn a_program_that_forks_and_hangs_leaves_no_process() {
    let out = tempfile::tempdir().unwrap();
    run_in(out.path(), "fork", &[])
        .assert()
        .code(code(Exit::InvocationsFailed))
        .stdout(contains("TIMEOUT").and(contains("confirmed")));
    let children: Vec<String> = journal(&only_run(out.path()))
        .iter()
        .filter(|line| line["cell"]["params"]["mode"] == "fork")
        .map(|line| line["stderr_tail"].as_str().unwrap().trim().to_owned())
        .collect();
    assert!(!children.is_empty());
    for child in children {
        assert!(child.parse::<u32>().is_ok(), "no process id: `{child}`");
        assert!(!is_alive(&child), "process {child} is left");
    }
}

#[test]
fn a_run_has_one_harness_and_the_second_ctrl_c_stops_it_now() {
    let (out, cwd) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let pid_file = cwd.path().join("held.pid");
    let mut child = Process::new(env!("CARGO_BIN_EXE_harness"))
        .args(["run", "held", "--seed", "7", "--profile", "quick", "--out"])
        .arg(out.path())
        .current_dir(project())
        .env("HARNESS_CACHE_DIR", project().join("cache"))
        .env("TMPDIR", cwd.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut measured = String::new();
    while measured.is_empty() {
        assert!(Instant::now() < deadline, "the program was never started");
        std::thread::sleep(Duration::from_millis(20));
        measured = fs::read_to_string(&pid_file).unwrap_or_default();
    }
    let run = only_run(out.path());
    let before = fs::read(run.join("journal.jsonl")).unwrap_or_default();
    let refused = harness(&["run", "--resume", run.to_str().unwrap()])
        .timeout(Duration::from_secs(30))
        .output()
        .unwrap();
    let after = fs::read(run.join("journal.jsonl")).unwrap_or_default();
    // Signals of one kind that are pending at once are one: ask until the harness has ended.
    let ended = loop {
        Process::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap();
        std::thread::sleep(Duration::from_millis(100));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        assert!(Instant::now() < deadline, "Ctrl-C did not stop the run");
    };
    assert_eq!(refused.status.code(), Some(code(Exit::Setup)));
    assert_eq!(String::from_utf8_lossy(&refused.stdout), "");
    let says = String::from_utf8_lossy(&refused.stderr);
    assert!(says.contains(&format!("process {}", child.id())), "{says}");
    assert_eq!(after, before, "the refused harness wrote into the journal");
    assert_eq!(ended.code(), Some(code(Exit::Interrupted)));
    assert!(!is_alive(&measured), "process {measured} is left");
    assert!(run.join("report.html").is_file());
}

//! The command itself, on a project of its own: a Rust program that behaves as it is told. Every exit code is provoked.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod misbehaviour;
#[path = "../project/mod.rs"]
mod project;
mod rig;

use std::fs;

use assert_cmd::Command;
use harness::cli::exit::Exit;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use project::write;
use rig::*;

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

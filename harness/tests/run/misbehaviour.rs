//! Programs that go wrong, and a harness that is stopped or killed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use harness::cli::exit::Exit;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

use crate::rig::*;

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

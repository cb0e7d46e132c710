//! The real executor against a child that does everything wrong, one way at a time.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use harness::exec::{
    Cancel, CommandSpec, Executor, Finished, Flow, HOLD_VARIABLE, Limits, ProcessGroup,
    UnixExecutor,
};
use harness::probe::{Parsed, Parser};
use harness::record::{ProbeEnd, RunEnd};

/// For children that end by themselves: never reached.
const PATIENT: Limits = Limits {
    timeout: Duration::from_secs(60),
    grace: Duration::from_secs(60),
    max_output: 4 << 20,
    max_line: 64 << 10,
};

/// For children that don't.
const SHORT: Limits = Limits {
    timeout: Duration::from_secs(1),
    grace: Duration::from_millis(200),
    ..PATIENT
};

/// The fake probe sleeps for 120 s: whatever takes less than this did not wait for it.
const FAR_LESS_THAN_THE_CHILD: Duration = Duration::from_secs(60);

struct Observed {
    finished: Finished,
    parsed: Parsed,
    took: Duration,
}

/// Cargo builds examples beside the tests: `target/<profile>/examples` next to `target/<profile>/deps`.
fn fake_probe() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let path = profile.join("examples").join("fake-probe");
    assert!(
        path.exists(),
        "{} is missing: a plain `cargo test` builds it, `cargo test --test exec` needs `cargo build --example fake-probe` before",
        path.display()
    );
    path
}

fn command(mode: &str, hold: bool) -> CommandSpec {
    let hold_variable = (HOLD_VARIABLE.to_owned(), "1".to_owned());
    CommandSpec {
        program: fake_probe(),
        args: vec![mode.to_owned()],
        env: BTreeMap::from_iter(hold.then_some(hold_variable)),
        cwd: "/".into(),
        hold,
    }
}

fn observe(mode: &str, hold: bool, limits: &Limits) -> Observed {
    observe_with(mode, hold, limits, &Cancel::new(), |_| ())
}

/// Runs the fake probe, and checks what must hold however it ends.
fn observe_with(
    mode: &str,
    hold: bool,
    limits: &Limits,
    cancel: &Cancel,
    mut on_line: impl FnMut(&[u8]),
) -> Observed {
    let mut parser = Parser::new("fake-probe");
    let mut group = None;
    let started = Instant::now();
    let finished = UnixExecutor::new().run(&command(mode, hold), limits, cancel, &mut |line| {
        let text = String::from_utf8_lossy(line.bytes);
        if let Some((_, rest)) = text.split_once(r#""pid":""#) {
            let pid = rest.split('"').next().unwrap().parse().unwrap();
            group = ProcessGroup::new(pid);
        }
        on_line(line.bytes);
        Flow::from(parser.push(line.bytes, line.end))
    });
    let took = started.elapsed();
    let group = group.expect("every mode begins with a hello that has the process id");
    assert!(group.is_gone(), "{mode}: somebody of the group is left");
    assert!(took < FAR_LESS_THAN_THE_CHILD, "{mode}: took {took:?}");
    assert!(Duration::from_nanos(finished.wall_ns) <= took, "{mode}");
    assert!(finished.wall_ns > 0, "{mode}");
    Observed {
        finished,
        parsed: parser.finish(),
        took,
    }
}

const FINE: RunEnd = RunEnd::Exited { code: 0 };

fn timed_out(killed: bool) -> RunEnd {
    RunEnd::TimedOut {
        after_ns: 1_000_000_000,
        killed,
    }
}

fn truncated(seen: u64) -> ProbeEnd {
    ProbeEnd::Truncated {
        seen,
        announced: None,
    }
}

#[test]
fn ok() {
    let seen = observe("ok", false, &PATIENT);
    assert_eq!(seen.finished.end, FINE);
    assert_eq!(seen.parsed.end, ProbeEnd::Complete);
    assert_eq!(seen.parsed.records.len(), 1);
    assert_eq!(seen.finished.stderr_tail, "");
    assert!(!seen.finished.left_open);
    assert_eq!(seen.finished.usage.peak_memory, None, "it never waited");
    assert!(seen.finished.usage.minor_faults > 0);
}

#[test]
fn slow() {
    let seen = observe("slow", false, &PATIENT);
    assert_eq!(seen.finished.end, FINE);
    assert_eq!(seen.parsed.end, ProbeEnd::Complete);
    assert!(
        seen.finished.wall_ns >= 50_000_000,
        "its sleep is part of its life"
    );
    assert!(seen.finished.usage.voluntary_switches > 0);
}

#[test]
fn hang() {
    let seen = observe("hang", false, &SHORT);
    assert_eq!(seen.finished.end, timed_out(false));
    assert_eq!(seen.parsed.end, truncated(1));
    assert!(seen.took >= SHORT.timeout);
}

#[test]
fn hang_after_done_keeps_the_records() {
    let seen = observe("hang-after-done", true, &SHORT);
    assert_eq!(seen.finished.end, timed_out(false));
    assert_eq!(seen.parsed.end, ProbeEnd::Complete);
    assert_eq!(seen.parsed.records.len(), 1);
}

#[test]
fn ignore_term() {
    // Long enough that the handler is in place before SIGTERM, whatever the machine does meanwhile.
    let limits = Limits {
        timeout: Duration::from_secs(2),
        ..SHORT
    };
    let seen = observe("ignore-term", false, &limits);
    let expected = RunEnd::TimedOut {
        after_ns: 2_000_000_000,
        killed: true,
    };
    assert_eq!(seen.finished.end, expected);
    assert_eq!(seen.parsed.end, truncated(1));
}

#[test]
fn fork_and_hang() {
    let seen = observe("fork-and-hang", false, &SHORT);
    assert_eq!(seen.finished.end, timed_out(false));
    assert!(
        !seen.finished.left_open,
        "the grandchild went with its group"
    );
}

#[test]
fn fork_and_exit() {
    let seen = observe("fork-and-exit", true, &PATIENT);
    assert_eq!(seen.finished.end, FINE);
    assert_eq!(seen.parsed.end, ProbeEnd::Complete);
    assert!(
        !seen.finished.left_open,
        "the grandchild went with its group"
    );
}

#[test]
fn escape() {
    let seen = observe("escape", false, &PATIENT);
    let stranger = seen.finished.stderr_tail.trim().strip_prefix("stranger ");
    let stranger = ProcessGroup::new(stranger.unwrap().parse().unwrap()).unwrap();
    assert!(
        !stranger.is_gone(),
        "it left the group, so it is not ours to kill"
    );
    stranger.kill();
    assert_eq!(seen.finished.end, FINE);
    assert_eq!(seen.parsed.end, ProbeEnd::Complete);
    assert!(seen.finished.left_open);
}

#[test]
fn an_executor_that_a_stranger_keeps_waiting_runs_the_next_child_all_the_same() {
    let mut executor = UnixExecutor::new();
    let cancel = Cancel::new();
    let mut lines = 0;
    let mut run = |mode| {
        executor.run(&command(mode, false), &PATIENT, &cancel, &mut |_| {
            lines += 1;
            Flow::Continue
        })
    };
    let escaped = run("escape");
    let next = run("ok");
    let (_, stranger) = escaped.stderr_tail.trim().split_once(' ').unwrap();
    ProcessGroup::new(stranger.parse().unwrap()).unwrap().kill();
    assert!(escaped.left_open);
    assert_eq!((next.end, next.left_open), (FINE, false));
    assert_eq!(lines, 3 + 3);
}

#[test]
fn flood() {
    let seen = observe("flood", false, &PATIENT);
    let limit = PATIENT.max_output;
    assert_eq!(seen.finished.end, RunEnd::Flooded { limit });
    assert!(matches!(
        seen.parsed.end,
        ProbeEnd::Truncated {
            announced: None,
            ..
        }
    ));
    assert!(!seen.parsed.records.is_empty());
}

#[test]
fn stderr_flood() {
    let seen = observe("stderr-flood", false, &PATIENT);
    let limit = PATIENT.max_output;
    assert_eq!(seen.finished.end, RunEnd::Flooded { limit });
    assert_eq!(seen.parsed.end, truncated(1));
    assert_eq!(seen.finished.stderr_tail.len(), 4096);
}

#[test]
fn garbage_does_not_leave_a_held_child_waiting() {
    let seen = observe("garbage", true, &PATIENT);
    assert_eq!(seen.finished.end, FINE);
    assert!(matches!(seen.parsed.end, ProbeEnd::Garbage { line: 3, .. }));
    assert_eq!(seen.parsed.records.len(), 1);
}

#[test]
fn a_program_cut_off_in_a_line_is_truncated() {
    let seen = observe("truncated", false, &PATIENT);
    assert_eq!(seen.finished.end, FINE);
    assert_eq!(seen.parsed.end, truncated(2));
    assert_eq!(seen.parsed.records.len(), 1);
}

#[test]
fn wrong_count() {
    let seen = observe("wrong-count", true, &PATIENT);
    assert_eq!(seen.finished.end, FINE);
    let expected = ProbeEnd::Truncated {
        seen: 2,
        announced: Some(7),
    };
    assert_eq!(seen.parsed.end, expected);
}

#[test]
fn wrong_program() {
    let seen = observe("wrong-program", true, &PATIENT);
    assert_eq!(seen.finished.end, FINE);
    let expected = ProbeEnd::WrongProgram {
        expected: "fake-probe".into(),
        found: "another-probe".into(),
    };
    assert_eq!(seen.parsed.end, expected);
}

#[test]
fn newer_protocol() {
    let seen = observe("newer-protocol", true, &PATIENT);
    assert_eq!(seen.finished.end, FINE);
    assert_eq!(
        seen.parsed.end,
        ProbeEnd::NewerProtocol { theirs: 2, ours: 1 }
    );
}

#[test]
fn abort() {
    let seen = observe("abort", false, &PATIENT);
    assert_eq!(seen.finished.end, RunEnd::Signalled { signal: 6 });
    assert_eq!(seen.parsed.end, truncated(1));
}

#[test]
fn exit_3() {
    let seen = observe("exit-3", false, &PATIENT);
    assert_eq!(seen.finished.end, RunEnd::Exited { code: 3 });
    assert_eq!(seen.parsed.end, ProbeEnd::Complete);
    assert!(seen.finished.stderr_tail.ends_with("the last word\n"));
    assert!(
        !seen.finished.stderr_tail.contains("boom"),
        "only the end is kept"
    );
}

#[test]
fn huge_line() {
    let mut longest = 0;
    let seen = observe_with("huge-line", true, &PATIENT, &Cancel::new(), |line| {
        longest = longest.max(line.len());
    });
    assert_eq!(seen.finished.end, FINE);
    assert!(matches!(seen.parsed.end, ProbeEnd::Garbage { line: 2, .. }));
    assert_eq!(longest, PATIENT.max_line);
}

#[test]
fn hold() {
    let seen = observe("hold", true, &PATIENT);
    assert_eq!(seen.finished.end, FINE);
    assert_eq!(seen.parsed.end, ProbeEnd::Complete);
    let peak = seen.finished.usage.peak_memory.unwrap();
    assert!(
        peak >= 32 << 20,
        "it had 32 MiB at once, although no longer at the end: {peak}"
    );
}

#[test]
fn peak_memory_is_the_childs_and_not_ours() {
    let ballast = vec![1u8; 64 << 20];
    let seen = observe("ok", true, &PATIENT);
    let peak = seen.finished.usage.peak_memory.unwrap();
    assert!(peak < ballast.len() as u64 / 2, "{peak}");
    assert_eq!(
        ballast.iter().map(|&b| usize::from(b)).sum::<usize>(),
        ballast.len()
    );
}

#[test]
fn cancel_ends_the_child_at_once() {
    let cancel = Cancel::new();
    let seen = observe_with("hang", false, &PATIENT, &cancel, |_| {
        let cancel = cancel.clone();
        std::thread::spawn(move || cancel.cancel());
    });
    assert_eq!(seen.finished.end, RunEnd::Cancelled);
    let after = UnixExecutor::new().run(&command("ok", false), &PATIENT, &cancel, &mut |_| {
        panic!("nothing starts after a cancel")
    });
    assert_eq!(after.end, RunEnd::Cancelled);
}

#[test]
fn the_child_gets_the_environment_it_was_given_and_no_other() {
    let mut command = command("environment", false);
    command.env = BTreeMap::from([("GOGC".to_owned(), "50".to_owned())]);
    let finished =
        UnixExecutor::new().run(&command, &PATIENT, &Cancel::new(), &mut |_| Flow::Continue);
    assert_eq!(finished.stderr_tail, "GOGC=50\nin /\n");
}

#[test]
fn what_cannot_be_started_says_why() {
    let mut command = command("ok", false);
    command.program = "/nowhere/gc-pauses".into();
    let finished =
        UnixExecutor::new().run(&command, &PATIENT, &Cancel::new(), &mut |_| Flow::Continue);
    let RunEnd::StartFailed { error } = finished.end else {
        panic!("{:?}", finished.end);
    };
    assert!(
        error.starts_with("/nowhere/gc-pauses: No such file"),
        "{error}"
    );
}

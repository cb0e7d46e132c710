//! A program that follows the probe protocol, or breaks it in the way that it is told: the child of the tests
//! in `tests/exec.rs`. An example, so that `cargo test` builds it and no user gets it installed.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Longer than any test waits, and still an end: what a failed test leaves goes away by itself.
const FOR_EVER: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let mode = std::env::args().nth(1).unwrap_or_default();
    match run(&mode) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("fake-probe {mode}: {error}");
            ExitCode::from(1)
        }
    }
}

fn run(mode: &str) -> std::io::Result<ExitCode> {
    match mode {
        "ok" => whole()?,
        "slow" => {
            hello("fake-probe", 1)?;
            std::thread::sleep(Duration::from_millis(50));
            say(SAMPLE)?;
            done(2)?;
        }
        "hang" => {
            hello("fake-probe", 1)?;
            std::thread::sleep(FOR_EVER);
        }
        "hang-after-done" => {
            whole()?;
            std::thread::sleep(FOR_EVER);
        }
        "ignore-term" => {
            hello("fake-probe", 1)?;
            sleep_through_sigterm()?;
        }
        "fork-and-hang" => {
            hello("fake-probe", 1)?;
            myself("grandchild").spawn()?;
            std::thread::sleep(FOR_EVER);
        }
        "fork-and-exit" => {
            whole()?;
            myself("grandchild").spawn()?;
        }
        "escape" => {
            whole()?;
            let stranger = myself("grandchild").process_group(0).spawn()?;
            eprintln!("stranger {}", stranger.id());
        }
        "grandchild" => sleep_through_sigterm()?,
        "flood" => {
            hello("fake-probe", 1)?;
            loop {
                say(SAMPLE)?;
            }
        }
        "stderr-flood" => {
            hello("fake-probe", 1)?;
            loop {
                eprintln!("something went wrong, and again, and again");
            }
        }
        "garbage" => {
            hello("fake-probe", 1)?;
            say(SAMPLE)?;
            say("panic: runtime error: index out of range")?;
            say(SAMPLE)?;
            done(4)?;
            wait_if_held()?;
        }
        "truncated" => {
            hello("fake-probe", 1)?;
            say(SAMPLE)?;
            print!(r#"{{"type":"sample","met"#);
        }
        "wrong-count" => {
            hello("fake-probe", 1)?;
            say(SAMPLE)?;
            done(7)?;
            wait_if_held()?;
        }
        "wrong-program" => {
            hello("another-probe", 1)?;
            done(1)?;
            wait_if_held()?;
        }
        "newer-protocol" => {
            hello("fake-probe", 2)?;
            done(1)?;
            wait_if_held()?;
        }
        "abort" => {
            hello("fake-probe", 1)?;
            std::process::abort();
        }
        "exit-3" => {
            whole()?;
            eprintln!("boom: {}", "x".repeat(5000));
            eprintln!("the last word");
            return Ok(ExitCode::from(3));
        }
        "huge-line" => {
            hello("fake-probe", 1)?;
            println!(r#"{{"type":"check","value":"{}"}}"#, "x".repeat(1 << 20));
            done(2)?;
            wait_if_held()?;
        }
        "hold" => {
            // Touched, so that it is in memory and not only promised.
            let memory = vec![1u8; 32 << 20];
            let sum: u64 = memory.iter().map(|&b| u64::from(b)).sum();
            drop(memory);
            hello("fake-probe", 1)?;
            say(&format!(r#"{{"type":"check","value":"{sum}"}}"#))?;
            done(2)?;
            wait_if_held()?;
        }
        "environment" => {
            hello("fake-probe", 1)?;
            for (name, value) in std::env::vars() {
                eprintln!("{name}={value}");
            }
            eprintln!("in {}", std::env::current_dir()?.display());
            done(1)?;
        }
        _ => {
            eprintln!("unknown mode");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

const SAMPLE: &str =
    r#"{"type":"sample","metric":"time","unit":"ns","phase":"measure","ops":1000,"value":2500}"#;

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

/// The tests need the process id, to ask whether anybody of the group is left.
fn hello(program: &str, protocol: u32) -> std::io::Result<()> {
    say(&format!(
        r#"{{"type":"hello","protocol":{protocol},"program":"{program}","language":"rust","toolchain":"-","params":{{"pid":"{}"}}}}"#,
        std::process::id()
    ))
}

fn done(records: u64) -> std::io::Result<()> {
    say(&format!(r#"{{"type":"done","records":{records}}}"#))
}

fn whole() -> std::io::Result<()> {
    hello("fake-probe", 1)?;
    say(SAMPLE)?;
    done(2)?;
    wait_if_held()
}

fn wait_if_held() -> std::io::Result<()> {
    if std::env::var_os("HARNESS_HOLD").is_some() {
        std::io::stdin().read_to_end(&mut Vec::new())?;
    }
    Ok(())
}

fn sleep_through_sigterm() -> std::io::Result<()> {
    // A handler that only sets a flag nobody reads.
    let unread = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGTERM, unread)?;
    std::thread::sleep(FOR_EVER);
    Ok(())
}

/// This program once more, in another mode; it holds the same stdout and stderr.
fn myself(mode: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg(mode).stdin(Stdio::null());
    command
}

//! The project that the commands work on, and what every test asks of a run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use assert_cmd::Command;
use harness::cli::exit::Exit;

use crate::project::{self, write};

pub const LIBRARY: &str = r###"
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
pub const LIMIT: Duration = Duration::from_secs(120);

pub fn experiment(
    root: &Path,
    name: &str,
    program: &str,
    modes: &[&str],
    bound: &str,
    timeout: &str,
) {
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
pub fn project() -> &'static Path {
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
pub fn harness(args: &[&str]) -> Command {
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

pub fn code(exit: Exit) -> i32 {
    i32::from(exit.code())
}

pub fn run_in(out: &Path, name: &str, more: &[&str]) -> Command {
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

pub fn only_run(out: &Path) -> PathBuf {
    fs::read_dir(out).unwrap().next().unwrap().unwrap().path()
}

/// Ids of the first attempts: how often the machine made one be repeated differs from run to run.
pub fn first_attempts(run: &Path) -> BTreeSet<String> {
    journal(run)
        .iter()
        .filter(|line| line["attempt"] == 0)
        .map(|line| line["id"].as_str().unwrap().to_owned())
        .collect()
}

pub fn journal_ids(run: &Path) -> Vec<String> {
    journal(run)
        .iter()
        .map(|line| line["id"].as_str().unwrap().to_owned())
        .collect()
}

pub fn journal(run: &Path) -> Vec<serde_json::Value> {
    fs::read_to_string(run.join("journal.jsonl"))
        .unwrap_or_default()
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

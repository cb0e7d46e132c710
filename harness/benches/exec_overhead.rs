//! What an invocation costs beside the child's own life: microseconds for `/bin/true`, as `hyperfine -N`
//! would start it. `cargo bench --bench exec_overhead`.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::exec::{Cancel, CommandSpec, Executor, Flow, Limits, UnixExecutor};

const TIMES: u32 = 200;
const TRUE: &str = "/bin/true";

fn main() -> Result<(), Box<dyn Error>> {
    let command = CommandSpec {
        program: TRUE.into(),
        args: Vec::new(),
        env: BTreeMap::new(),
        cwd: "/".into(),
        hold: false,
    };
    let limits = Limits {
        timeout: Duration::from_secs(10),
        grace: Duration::from_secs(1),
        max_output: 1 << 20,
        max_line: 1 << 16,
    };
    let mut executor = UnixExecutor::new();
    let cancel = Cancel::new();

    // In turns, so that a change of the machine hits both.
    let (mut ours, mut plain, mut lived) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let started = Instant::now();
        let finished = executor.run(&command, &limits, &cancel, &mut |_| Flow::Continue);
        ours.push(started.elapsed());
        lived.push(Duration::from_nanos(finished.wall_ns));

        let started = Instant::now();
        Command::new(TRUE)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        plain.push(started.elapsed());
    }
    println!("median of {TIMES} invocations of {TRUE}:");
    println!("  executor, whole call       {:>8.1} µs", median(ours));
    println!("    of it the child's life   {:>8.1} µs", median(lived));
    println!("  std::process, no pipes     {:>8.1} µs", median(plain));

    let hyperfine = Command::new("hyperfine")
        .args([
            "-N",
            "--runs",
            "200",
            "--style",
            "none",
            "--export-csv",
            "/dev/stdout",
            TRUE,
        ])
        .stderr(Stdio::null())
        .output();
    match hyperfine {
        Ok(output) => print!(
            "hyperfine -N, in seconds:\n{}",
            String::from_utf8_lossy(&output.stdout)
        ),
        Err(error) => println!("no comparison with hyperfine: {error}"),
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

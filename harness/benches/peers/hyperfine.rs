//! `hyperfine -N`: all runs of A, then all runs of B, judged as its `scripts/welch_ttest.py` does.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;

use super::child::Children;
use super::judge::{self, mean};
use super::plan::Comparison;
use super::raw::{Found, Work};
use super::tools::{Programs, SAMPLES};

/// hyperfine's own advice for `--warmup` is "a few"; one run leaves it more of the budget.
const WARMUP_RUNS: f64 = 1.0;

/// What hyperfine needs for a process beside its life.
const OVERHEAD_NS: f64 = 0.5e6;

pub fn compare(
    children: &mut Children,
    programs: &Programs,
    work: Work,
    comparison: &Comparison,
    whole: Duration,
) -> Result<Found, String> {
    let program = programs.probe(comparison.language)?;
    let command = |extra: u64| {
        format!(
            "'{}' --case={} --ops={} --warmup=0 --samples=1 --extra-percent={extra}",
            program.display(),
            comparison.body,
            work.ops * u64::from(SAMPLES),
        )
    };
    let export = children.folder().join("hyperfine.json");
    let args = [
        "-N".to_owned(),
        "--style=none".to_owned(),
        format!("--warmup={WARMUP_RUNS}"),
        format!("--runs={}", runs(whole, work.process_ns)),
        format!("--export-json={}", export.display()),
        command(0),
        command(comparison.slowdown_percent),
    ];
    children.run(programs.hyperfine()?, &args, &[], &mut |_| {})?;
    let text = fs::read_to_string(&export).map_err(|e| format!("{}: {e}", export.display()))?;
    read(&text).map_err(|error| format!("{error:#}"))
}

/// As many runs of one side as fit into half of the budget; two at least, without which there is no spread.
fn runs(whole: Duration, process_ns: f64) -> u64 {
    let half_ns = whole.as_secs_f64() * 1e9 / 2.0;
    (half_ns / (process_ns + OVERHEAD_NS) - WARMUP_RUNS).max(2.0) as u64
}

#[derive(Deserialize)]
struct Export {
    results: Vec<Timed>,
}

#[derive(Deserialize)]
struct Timed {
    /// Seconds.
    times: Vec<f64>,
}

fn read(json: &str) -> anyhow::Result<Found> {
    let export: Export = serde_json::from_str(json).context("the export of hyperfine")?;
    let [a, b] = export.results.as_slice() else {
        anyhow::bail!("hyperfine exported {} results, not 2", export.results.len());
    };
    let nanoseconds = |timed: &Timed| timed.times.iter().map(|s| s * 1e9).collect::<Vec<_>>();
    let (a, b) = (nanoseconds(a), nanoseconds(b));
    let p = judge::welch(&a, &b).context("too few runs for a t test")?;
    let ratio = mean(&b) / mean(&a);
    Ok(Found {
        call: judge::call(p < judge::SIGNIFICANT, ratio),
        ratio,
        evidence: judge::evidence(p),
        decided_s: None,
        says: format!("{ratio:.4}x, t test: p = {p:.4}"),
        a,
        b,
    })
}

#[cfg(test)]
mod tests {
    use super::super::raw::Call;
    use super::*;

    /// As hyperfine 1.15.0 exports it; of the second command one run failed to be fast.
    const EXPORT: &str = r#"{"results": [
        {"command": "a", "mean": 0.0101, "stddev": 0.0001, "median": 0.0101, "user": 0.01, "system": 0.0, "min": 0.01,
         "max": 0.0102, "times": [0.0100, 0.0101, 0.0102, 0.0101, 0.0101], "exit_codes": [0, 0, 0, 0, 0]},
        {"command": "b", "mean": 0.0107, "stddev": 0.0001, "median": 0.0107, "user": 0.01, "system": 0.0, "min": 0.01,
         "max": 0.0102, "times": [0.0106, 0.0107, 0.0108, 0.0107, 0.0107], "exit_codes": [0, 0, 0, 0, 0]}]}"#;

    #[test]
    fn an_export_is_judged_by_its_runs() {
        let found = read(EXPORT).unwrap();
        assert_eq!(found.call, Call::Slower);
        assert!((found.ratio - 1.0594).abs() < 1e-4, "{}", found.ratio);
        assert_eq!(found.b.len(), 5);
        let same = EXPORT.replace("0.0106, 0.0107, 0.0108", "0.0100, 0.0101, 0.0102");
        let same = same.replace("0.0107, 0.0107]", "0.0101, 0.0101]");
        assert_eq!(read(&same).unwrap().call, Call::Same);
    }

    #[test]
    fn an_export_without_a_second_command_is_an_error() {
        assert!(read(r#"{"results": [{"times": [1.0, 2.0]}]}"#).is_err());
        assert!(read("").is_err());
    }

    #[test]
    fn the_runs_fill_half_of_the_budget() {
        assert_eq!(runs(Duration::from_secs(4), 19.5e6), 99);
        assert_eq!(runs(Duration::from_secs(4), 5e9), 2);
    }
}

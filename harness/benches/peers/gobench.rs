//! `go test -bench -count=10` of A, then of B, and benchstat on the two outputs. benchstat decides.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use harness::stats::{PerInvocation, quantile, rank};

use super::child::Children;
use super::judge;
use super::plan::Comparison;
use super::raw::{Call, Found};
use super::tools::Programs;

/// benchstat's documentation asks for ten or more.
const COUNT: u32 = 10;

/// `go test` tries out how many iterations fill the time: all in all a benchmark takes about 1.6 times as long.
const OVERSHOOT: f64 = 1.6;

pub fn compare(
    children: &mut Children,
    programs: &Programs,
    comparison: &Comparison,
    whole: Duration,
) -> Result<Found, String> {
    let (test, benchstat) = programs.gobench()?;
    let each = whole.as_secs_f64() / 2.0 / f64::from(COUNT) / OVERSHOOT;
    let mut side = |name: &str, extra: u64| {
        let args = [
            "-test.run=^$".to_owned(),
            format!("-test.bench=^BenchmarkBody$/^{}$", comparison.body),
            format!("-test.count={COUNT}"),
            format!("-test.benchtime={}ns", (each * 1e9) as u64),
            format!("-extra-percent={extra}"),
        ];
        let output = children.output(test, &args, &[])?;
        let path = children.folder().join(name);
        fs::write(&path, &output).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok::<_, String>((output, path.display().to_string()))
    };
    let (a, a_path) = side("a", 0)?;
    let (b, b_path) = side("b", comparison.slowdown_percent)?;
    let args = ["-format".to_owned(), "csv".to_owned(), a_path, b_path];
    let says = children.output(benchstat, &args, &[])?;
    read(&a, &b, &says).map_err(|error| format!("{error:#}"))
}

fn read(a: &str, b: &str, benchstat: &str) -> anyhow::Result<Found> {
    let (a, b) = (times(a)?, times(b)?);
    let (call, says) = verdict(benchstat)?;
    // benchstat prints its p in three digits; this is the same exact test.
    let test = rank::mann_whitney(
        &PerInvocation::new(a.clone())?,
        &PerInvocation::new(b.clone())?,
    );
    Ok(Found {
        call,
        ratio: median(&b)? / median(&a)?,
        evidence: judge::evidence(test.p_value),
        decided_s: None,
        says,
        a,
        b,
    })
}

/// Nanoseconds an operation, of each line of a benchmark.
fn times(output: &str) -> anyhow::Result<Vec<f64>> {
    let times: Vec<f64> = output
        .lines()
        .filter(|line| line.starts_with("Benchmark"))
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().position(|word| *word == "ns/op")?;
            words.get(at.checked_sub(1)?)?.parse().ok()
        })
        .collect();
    ensure!(
        times.len() == COUNT as usize,
        "`go test -bench` printed {} results, not {COUNT}",
        times.len()
    );
    Ok(times)
}

/// What benchstat estimates by.
fn median(values: &[f64]) -> anyhow::Result<f64> {
    quantile::median(values).context("a benchmark without times")
}

/// benchstat's line of the benchmark, and what it means.
fn verdict(csv: &str) -> anyhow::Result<(Call, String)> {
    let line = csv
        .lines()
        .find(|line| line.starts_with("Body/"))
        .with_context(|| format!("benchstat says nothing of the benchmark: {csv}"))?;
    // name, a, its interval, b, its interval, change, p
    let fields: Vec<&str> = line.split(',').collect();
    let [_, _, _, _, _, change, p] = fields.as_slice() else {
        anyhow::bail!(
            "benchstat's line has {} fields, not 7: {line}",
            fields.len()
        );
    };
    let call = match change.chars().next() {
        Some('~') => Call::Same,
        Some('+') => Call::Slower,
        Some('-') => Call::Faster,
        _ => anyhow::bail!("`{change}` is no change that benchstat prints: {line}"),
    };
    Ok((call, format!("{change} ({p})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As benchstat of September 2026 prints it.
    fn csv(change: &str) -> String {
        format!(
            "goos: linux\ngoarch: amd64\npkg: harness/go-programs/peers\ncpu: AMD EPYC\n\
             ,a.txt,,c.txt,,,\n,sec/op,CI,sec/op,CI,vs base,P\n\
             Body/sort-2,0.000142,3%,0.000149,2%,{change},p=0.041 n=10\n\
             geomean,0.000142,,0.000149,,+5.00%,\n"
        )
    }

    #[test]
    fn its_sign_decides() {
        for (change, expected) in [
            ("~", Call::Same),
            ("+5.00%", Call::Slower),
            ("-5.00%", Call::Faster),
        ] {
            let (call, says) = verdict(&csv(change)).unwrap();
            assert_eq!(call, expected);
            assert_eq!(says, format!("{change} (p=0.041 n=10)"));
        }
        assert!(verdict(&csv("?")).is_err());
        assert!(verdict("goos: linux\n").is_err());
    }

    #[test]
    fn the_times_are_those_of_the_benchmark() {
        let line = "BenchmarkBody/sort-2         \t     882\t    216490 ns/op\n";
        let output = |n: usize| format!("goos: linux\n{}PASS\n", line.repeat(n));
        assert_eq!(times(&output(10)).unwrap(), [216_490.0; 10]);
        assert!(times(&output(9)).is_err());
        let found = read(&output(10), &output(10), &csv("~")).unwrap();
        assert_eq!(
            (found.call, found.ratio, found.evidence),
            (Call::Same, 1.0, 0.0)
        );
    }
}

//! criterion: a saved baseline of A, then B against it. It decides by itself.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use regex::Regex;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::child::Children;
use super::judge;
use super::plan::Comparison;
use super::raw::{Call, Found};
use super::tools::Programs;

/// Share of the budget that warms up: criterion's defaults are 3 s of warm-up and 5 s of measurement.
const WARMUP_SHARE: f64 = 3.0 / 8.0;

pub fn compare(
    children: &mut Children,
    programs: &Programs,
    comparison: &Comparison,
    whole: Duration,
) -> Result<Found, String> {
    let bench = programs.criterion()?;
    let home = children.folder().join("criterion");
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    }
    let half = whole.as_secs_f64() / 2.0;
    let mut side = |baseline: &str, extra: u64| {
        let args = [
            "--bench".to_owned(),
            format!("^{}$", comparison.body),
            "--noplot".to_owned(),
            baseline.to_owned(),
            "a".to_owned(),
            "--warm-up-time".to_owned(),
            format!("{:.3}", half * WARMUP_SHARE),
            "--measurement-time".to_owned(),
            format!("{:.3}", half * (1.0 - WARMUP_SHARE)),
        ];
        let env = [
            ("CRITERION_HOME", home.display().to_string()),
            ("PEERS_EXTRA_PERCENT", extra.to_string()),
        ];
        children.output(bench, &args, &env)
    };
    side("--save-baseline", 0)?;
    let output = side("--baseline", comparison.slowdown_percent)?;
    read(&output, &home.join(&comparison.body)).map_err(|error| format!("{error:#}"))
}

#[derive(Deserialize)]
struct Change {
    mean: Estimate,
}

/// Of the relative change of the mean time.
#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    /// Nanoseconds.
    times: Vec<f64>,
}

fn read(output: &str, folder: &Path) -> anyhow::Result<Found> {
    let (call, says) = verdict(output)?;
    let change: Change = json(&folder.join("change/estimates.json"))?;
    let times = |of: &str| -> anyhow::Result<Vec<f64>> {
        let sample: Sample = json(&folder.join(of).join("sample.json"))?;
        let pairs = sample.times.iter().zip(&sample.iters);
        Ok(pairs.map(|(time, iters)| time / iters).collect())
    };
    let (a, b) = (times("a")?, times("new")?);
    // criterion prints its p in two digits. This is the p of the same statistic, by the distribution that
    // criterion bootstraps.
    let p = judge::welch(&a, &b).context("too few samples for a t test")?;
    Ok(Found {
        call,
        ratio: 1.0 + change.mean.point_estimate,
        evidence: judge::evidence(p),
        decided_s: None,
        says,
        a,
        b,
    })
}

/// criterion's own words, and what they mean.
fn verdict(output: &str) -> anyhow::Result<(Call, String)> {
    const VERDICTS: [(&str, Call); 4] = [
        ("No change in performance detected.", Call::Same),
        ("Change within noise threshold.", Call::Same),
        ("Performance has regressed.", Call::Slower),
        ("Performance has improved.", Call::Faster),
    ];
    let (words, call) = VERDICTS
        .into_iter()
        .find(|(words, _)| output.contains(words))
        .with_context(|| format!("criterion came to no verdict: {output}"))?;
    let change = Regex::new(r"change:\s*(.*)")?
        .captures(output)
        .map(|found| found[1].trim().to_owned())
        .unwrap_or_default();
    Ok((call, format!("{change} {words}")))
}

fn json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As criterion 0.8.2 prints it.
    fn printed(words: &str) -> String {
        format!(
            "sort                    time:   [42.177 µs 43.227 µs 44.277 µs]\n\
             {:24}change: [−4.2245% +7.6810% +19.951%] (p = 0.20 > 0.05)\n\
             {:24}{words}\n\
             Found 3 outliers among 100 measurements (3.00%)\n",
            "", ""
        )
    }

    #[test]
    fn its_own_words_decide() {
        for (words, expected) in [
            ("No change in performance detected.", Call::Same),
            ("Change within noise threshold.", Call::Same),
            ("Performance has regressed.", Call::Slower),
            ("Performance has improved.", Call::Faster),
        ] {
            let (call, says) = verdict(&printed(words)).unwrap();
            assert_eq!(call, expected);
            let change = "[−4.2245% +7.6810% +19.951%] (p = 0.20 > 0.05)";
            assert_eq!(says, format!("{change} {words}"));
        }
        assert!(verdict(&printed("")).is_err());
    }

    #[test]
    fn its_files_give_change_and_samples() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "change/estimates.json",
            r#"{"mean":{"confidence_interval":{"confidence_level":0.95,"lower_bound":0.08,"upper_bound":0.12},
                "point_estimate":0.1,"standard_error":0.01},"median":{"confidence_interval":{"confidence_level":0.95,
                "lower_bound":0.08,"upper_bound":0.12},"point_estimate":0.1,"standard_error":0.01}}"#,
        );
        let sample = r#"{"sampling_mode":"Linear","iters":[1.0,2.0,3.0],"times":[10.0,22.0,30.0]}"#;
        write("a/sample.json", sample);
        write(
            "new/sample.json",
            &sample.replace("10.0,22.0,30.0", "11.0,23.0,33.0"),
        );
        let found = read(&printed("Performance has regressed."), folder.path()).unwrap();
        assert_eq!((found.call, found.ratio), (Call::Slower, 1.1));
        assert_eq!(
            (found.a, found.b),
            (vec![10.0, 11.0, 10.0], vec![11.0, 11.5, 11.0])
        );
    }
}

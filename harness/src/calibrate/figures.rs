//! What each tool says, as nanoseconds an operation.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Operation;
use crate::record::{Phase, Record, Sample};
use crate::stats::quantile::median;
use crate::units::Unit;

/// What one process says of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Figures {
    /// All time by all operations, nanoseconds.
    pub mean_ns: f64,
    /// Median over batches or samples, nanoseconds; `go test -bench` has none.
    pub median_ns: Option<f64>,
    /// The fastest batch, nanoseconds; of the probes. A chain always takes the same time, and whatever disturbs it only
    /// adds: this is the figure that is nearest to it.
    pub fastest_ns: Option<f64>,
    /// How many times longer twice the operations take, by the fastest batches; only the probes try.
    pub doubled: Option<f64>,
}

/// From the records of a probe: the metric that is named as the operation, and the one with `-doubled` behind it.
///
/// # Errors
/// Samples that are missing, without operations or of another unit; a second metric that is not twice the first.
pub fn of_probe(records: &[Record], operation: Operation) -> Result<Figures, String> {
    let single = Batches::of(records, operation.name())?;
    let doubled = Batches::of(records, &format!("{}-doubled", operation.name()))?;
    if doubled.ops != 2 * single.ops {
        return Err(format!(
            "`{}` was to be doubled, and {} operations became {}",
            operation.name(),
            single.ops,
            doubled.ops
        ));
    }
    Ok(Figures {
        mean_ns: single.mean(),
        median_ns: Some(single.median()),
        fastest_ns: Some(single.fastest()),
        doubled: Some(2.0 * doubled.fastest() / single.fastest()),
    })
}

/// The measured batches of one metric, all of one size.
struct Batches {
    ops: u64,
    /// Nanoseconds an operation, one a batch; not empty.
    each: Vec<f64>,
}

impl Batches {
    fn of(records: &[Record], metric: &str) -> Result<Batches, String> {
        let samples: Vec<&Sample> = records
            .iter()
            .filter_map(|record| match record {
                Record::Sample(sample) => Some(sample),
                _ => None,
            })
            .filter(|sample| sample.metric == metric && sample.phase == Phase::Measure)
            .collect();
        if samples.iter().any(|s| s.unit != Unit::Nanosecond) {
            return Err(format!("metric `{metric}` is no time"));
        }
        let sizes: BTreeSet<u64> = samples.iter().map(|sample| sample.ops).collect();
        match sizes.into_iter().collect::<Vec<_>>().as_slice() {
            [] => Err(format!("no sample of `{metric}`")),
            [ops] if *ops > 0 => Ok(Batches {
                ops: *ops,
                each: samples.iter().map(|s| s.value / *ops as f64).collect(),
            }),
            sizes => Err(format!("`{metric}` has batches of {sizes:?} operations")),
        }
    }

    fn mean(&self) -> f64 {
        self.each.iter().sum::<f64>() / self.each.len() as f64
    }

    fn fastest(&self) -> f64 {
        self.each.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn median(&self) -> f64 {
        median(&self.each).unwrap_or(f64::NAN)
    }
}

/// From a line of `go test -bench`: name with the number of processors, iterations, `ns/op`. The form is fixed:
/// <https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md>.
///
/// # Errors
/// No line of this benchmark, or more than one; no positive `ns/op` in it.
pub fn of_go_bench(lines: &[String], benchmark: &str) -> Result<Figures, String> {
    let is_ours = |name: &str| {
        let rest = name.strip_prefix(benchmark);
        rest.is_some_and(|rest| {
            rest.is_empty()
                || rest
                    .strip_prefix('-')
                    .is_some_and(|n| n.parse::<u32>().is_ok())
        })
    };
    let found: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields.len() > 1 && is_ours(fields[0]))
        .collect();
    let [fields] = found.as_slice() else {
        return Err(format!("{} lines of {benchmark}", found.len()));
    };
    // Behind the iterations come pairs of value and unit.
    let mean_ns = fields[2..]
        .chunks_exact(2)
        .find(|pair| pair[1] == "ns/op")
        .and_then(|pair| pair[0].parse::<f64>().ok())
        .filter(|mean| mean.is_finite() && *mean > 0.0)
        .ok_or_else(|| format!("{benchmark} has no ns/op"))?;
    Ok(Figures {
        mean_ns,
        ..Figures::default()
    })
}

/// From criterion's `estimates.json`, whose figures are nanoseconds an iteration of `ops` operations.
///
/// # Errors
/// A file without positive mean and median; no operations.
pub fn of_criterion(estimates: &Value, ops: u64) -> Result<Figures, String> {
    let of = |statistic: &str| {
        estimates[statistic]["point_estimate"]
            .as_f64()
            .map(|ns| ns / ops as f64)
            .filter(|ns| ns.is_finite() && *ns > 0.0)
            .ok_or_else(|| format!("criterion's estimates have no {statistic} of {ops} operations"))
    };
    Ok(Figures {
        mean_ns: of("mean")?,
        median_ns: Some(of("median")?),
        ..Figures::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(metric: &str, ops: u64, values: &[f64]) -> Vec<Record> {
        let sample = |phase, value| {
            Record::Sample(Sample {
                metric: metric.to_owned(),
                unit: Unit::Nanosecond,
                phase,
                ops,
                value,
                at: None,
            })
        };
        std::iter::once(sample(Phase::Warmup, 1e9))
            .chain(values.iter().map(|value| sample(Phase::Measure, *value)))
            .collect()
    }

    #[test]
    fn of_a_probe_mean_and_median_are_of_measured_batches() {
        let records = [
            samples("adds", 10, &[10.0, 20.0, 60.0]),
            samples("adds-doubled", 20, &[19.0, 38.0, 50.0]),
        ]
        .concat();
        let figures = of_probe(&records, Operation::Adds).unwrap();
        assert_eq!(figures.mean_ns, 3.0);
        assert_eq!(figures.median_ns, Some(2.0));
        assert_eq!(figures.fastest_ns, Some(1.0));
        assert_eq!(figures.doubled, Some(1.9));
    }

    #[test]
    fn of_a_probe_what_does_not_fit_is_told() {
        let single = || samples("adds", 10, &[10.0]);
        for (records, word) in [
            (single(), "adds-doubled"),
            (
                [single(), samples("adds-doubled", 10, &[10.0])].concat(),
                "became 10",
            ),
            (
                [single(), samples("adds", 11, &[10.0])].concat(),
                "[10, 11]",
            ),
            (samples("adds", 0, &[10.0]), "[0]"),
        ] {
            let error = of_probe(&records, Operation::Adds).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }

    /// Printed by Go 1.26.
    const GO_BENCH: &str = "goos: linux\ngoarch: amd64\npkg: harness/go-programs/calibrate\ncpu: AMD EPYC\n\
        BenchmarkAdds-2        \t396344212\t         0.3122 ns/op\n\
        BenchmarkRoundTrip-2   \t  378522\t       685.7 ns/op\t       0 B/op\t       0 allocs/op\nPASS\n";

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_line_of_go_test_is_read() {
        let lines = lines(GO_BENCH);
        let adds = of_go_bench(&lines, "BenchmarkAdds").unwrap();
        assert_eq!((adds.mean_ns, adds.median_ns), (0.3122, None));
        let trips = of_go_bench(&lines, "BenchmarkRoundTrip").unwrap();
        assert_eq!(trips.mean_ns, 685.7);
    }

    #[test]
    fn go_test_without_the_figure_is_told() {
        let of = |text: &str| of_go_bench(&lines(text), "BenchmarkAdds").unwrap_err();
        assert_eq!(of("PASS"), "0 lines of BenchmarkAdds");
        // Another benchmark whose name begins alike, and a failure.
        assert_eq!(
            of("BenchmarkAddsTwo-2 1 2 ns/op"),
            "0 lines of BenchmarkAdds"
        );
        assert_eq!(of("BenchmarkAdds-2"), "0 lines of BenchmarkAdds");
        assert_eq!(of("BenchmarkAdds-2 5 3 MB/s"), "BenchmarkAdds has no ns/op");
        assert_eq!(
            of("BenchmarkAdds-2 5 0 ns/op"),
            "BenchmarkAdds has no ns/op"
        );
        assert_eq!(
            of("BenchmarkAdds 1 2 ns/op\nBenchmarkAdds 1 2 ns/op"),
            "2 lines of BenchmarkAdds"
        );
    }

    /// Written by criterion 0.8.2, intervals left out.
    const ESTIMATES: &str = r#"{"mean":{"point_estimate":3028.8},"median":{"point_estimate":2986.4,"standard_error":2.5},"slope":null}"#;

    #[test]
    fn estimates_of_criterion_are_divided_by_their_operations() {
        let estimates = serde_json::from_str(ESTIMATES).unwrap();
        let figures = of_criterion(&estimates, 9600).unwrap();
        assert_eq!(figures.mean_ns, 0.3155);
        assert!((figures.median_ns.unwrap() - 0.311_083).abs() < 1e-6);
        assert!(of_criterion(&estimates, 0).is_err());
        let error = of_criterion(&serde_json::json!({ "mean": {} }), 1).unwrap_err();
        assert!(error.contains("no mean"), "{error}");
    }
}

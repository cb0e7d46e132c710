//! An invocation to one figure.

use crate::record::{Histogram, Invocation, Record, Samples};
use crate::spec::Statistic;
use crate::stats::{histogram, quantile, regression};

/// Confidence of the order-statistic bound that decides whether an invocation has enough values for a percentile.
const PERCENTILE_CONFIDENCE: f64 = 0.95;

/// The figure of an invocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// How many values it was made of.
    pub values: u64,
    /// Width of the step in which it is known: that of a histogram's bucket, else 0.
    pub resolution: f64,
    /// Set where a percentile was asked for that takes more values; `value` is the largest then.
    pub percentile_needs: Option<u64>,
}

impl Figure {
    fn exact(value: f64, values: u64) -> Figure {
        Figure {
            value,
            values,
            resolution: 0.0,
            percentile_needs: None,
        }
    }

    /// The step on a log scale, `ln(1 + resolution / value)`; 0 where the value is not positive.
    pub fn relative_step(&self) -> f64 {
        if self.value > 0.0 {
            (self.resolution / self.value).ln_1p()
        } else {
            0.0
        }
    }
}

/// What `statistic` of `metric` comes to in `invocation`; `None` where it has no such records.
pub fn reduce(invocation: &Invocation, metric: &str, statistic: &Statistic) -> Option<Figure> {
    if metric.starts_with("os:") {
        return observed(invocation, metric).map(|value| Figure::exact(value, 1));
    }
    for record in &invocation.records {
        match record {
            Record::Hist(h) if h.metric == metric && h.total() > 0 => {
                return of_histogram(h, statistic);
            }
            Record::Value(v) if v.metric == metric => {
                return v.value.map(|value| match statistic {
                    Statistic::Count => Figure::exact(1.0, 1),
                    Statistic::ShareBelow(limit) => {
                        Figure::exact(f64::from(u8::from(value <= limit.value)), 1)
                    }
                    _ => Figure::exact(value, 1),
                });
            }
            _ => {}
        }
    }
    let columns: Vec<&Samples> = invocation
        .samples
        .iter()
        .filter(|s| s.measure(metric))
        .collect();
    if columns.is_empty() {
        None
    } else {
        of_samples(&columns, statistic)
    }
}

/// Why a metric has no figure in this invocation, in the program's words.
pub fn absent_reason<'a>(invocation: &'a Invocation, metric: &str) -> Option<&'a str> {
    invocation.records.iter().find_map(|record| match record {
        Record::Value(v) if v.metric == metric => v.absent.as_deref(),
        _ => None,
    })
}

fn observed(invocation: &Invocation, metric: &str) -> Option<f64> {
    let usage = &invocation.usage;
    let figure = match metric {
        "os:peak-memory" => usage.peak_memory?,
        "os:wall" => invocation.wall_ns,
        "os:user-time" => usage.user_ns,
        "os:system-time" => usage.system_ns,
        "os:cpu-time" => usage.user_ns + usage.system_ns,
        "os:minor-faults" => usage.minor_faults,
        "os:voluntary-switches" => usage.voluntary_switches,
        "os:involuntary-switches" => usage.involuntary_switches,
        _ => return None,
    };
    Some(figure as f64)
}

fn of_samples(columns: &[&Samples], statistic: &Statistic) -> Option<Figure> {
    let each = || columns.iter().flat_map(|c| c.per_op());
    let n = columns.iter().map(|c| c.len() as u64).sum();
    let value = match statistic {
        Statistic::Median | Statistic::Value => {
            quantile::quantile_of(&mut each().collect::<Vec<_>>(), 0.5)?
        }
        Statistic::Mean => {
            let ops: u64 = columns
                .iter()
                .flat_map(|c| (0..c.len()).map(|i| c.ops.get(i)))
                .sum();
            columns.iter().flat_map(|c| &c.values).sum::<f64>() / ops as f64
        }
        Statistic::Min => each().min_by(f64::total_cmp)?,
        Statistic::Max => each().max_by(f64::total_cmp)?,
        Statistic::Count => n as f64,
        Statistic::ShareBelow(limit) => {
            each().filter(|v| *v <= limit.value).count() as f64 / n as f64
        }
        Statistic::Percentile(p) => {
            let needs = percentile_needs(*p, n);
            let value = if needs.is_some() {
                each().max_by(f64::total_cmp)?
            } else {
                quantile::quantile_of(&mut each().collect::<Vec<_>>(), p / 100.0)?
            };
            return Some(Figure {
                percentile_needs: needs,
                ..Figure::exact(value, n)
            });
        }
        Statistic::Slope => {
            let points: Vec<(f64, f64)> = columns.iter().flat_map(|c| c.places()).collect();
            regression::least_squares(&points)?.slope
        }
    };
    Some(Figure::exact(value, n))
}

fn of_histogram(h: &Histogram, statistic: &Statistic) -> Option<Figure> {
    let n = h.total();
    let at = |p: f64| {
        histogram::quantile(&h.bounds, &h.counts, h.max, p)
            .ok()
            .map(|q| Figure {
                resolution: finite_width(q.lo, q.hi),
                ..Figure::exact(q.point, n)
            })
    };
    match statistic {
        Statistic::Median | Statistic::Value => at(0.5),
        Statistic::Percentile(p) => match percentile_needs(*p, n) {
            Some(needs) => largest(h).map(|value| Figure {
                percentile_needs: Some(needs),
                ..Figure::exact(value, n)
            }),
            None => at(p / 100.0),
        },
        Statistic::Max => largest(h).map(|value| Figure::exact(value, n)),
        Statistic::Min => at(0.0),
        Statistic::Count => Some(Figure::exact(n as f64, n)),
        Statistic::ShareBelow(limit) => {
            let share =
                histogram::share_at_or_below(&h.bounds, &h.counts, h.max, limit.value).ok()?;
            Some(Figure {
                resolution: share.hi - share.lo,
                ..Figure::exact((share.lo + share.hi) / 2.0, n)
            })
        }
        Statistic::Mean => {
            let sum: f64 = h
                .counts
                .iter()
                .zip(h.bounds.windows(2))
                .filter(|(count, _)| **count > 0)
                .map(|(count, bucket)| *count as f64 * middle(bucket[0], bucket[1]))
                .sum();
            Some(Figure::exact(sum / n as f64, n))
        }
        Statistic::Slope => None,
    }
}

fn largest(h: &Histogram) -> Option<f64> {
    h.max.or_else(|| {
        let last = h.counts.iter().rposition(|count| *count > 0)?;
        let (lo, hi) = (*h.bounds.get(last)?, *h.bounds.get(last + 1)?);
        Some(if hi.is_finite() { hi } else { lo })
    })
}

fn middle(lo: f64, hi: f64) -> f64 {
    match (lo.is_finite(), hi.is_finite()) {
        (true, true) => (lo + hi) / 2.0,
        (true, false) => lo,
        _ => hi,
    }
}

fn finite_width(lo: f64, hi: f64) -> f64 {
    let width = hi - lo;
    if width.is_finite() { width } else { 0.0 }
}

fn percentile_needs(p: f64, n: u64) -> Option<u64> {
    quantile::min_values_for_percentile(p / 100.0, PERCENTILE_CONFIDENCE).filter(|needs| n < *needs)
}

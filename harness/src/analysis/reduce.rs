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
    /// The least that it can be: below `value` only where a histogram does not tell it.
    pub low: f64,
    /// The most that it can be.
    pub high: f64,
    /// Set where a percentile was asked for that takes more values; `value` is the largest then.
    pub percentile_needs: Option<u64>,
}

impl Figure {
    fn exact(value: f64, values: u64) -> Figure {
        Figure {
            value,
            values,
            low: value,
            high: value,
            percentile_needs: None,
        }
    }

    fn between(low: f64, value: f64, high: f64, values: u64) -> Figure {
        Figure {
            low,
            high,
            ..Figure::exact(value, values)
        }
    }

    /// The step in which it is known, for [`Interval::at_resolution`](crate::stats::Interval::at_resolution): twice
    /// the way to the farther end. Infinite in a bucket without an end.
    pub fn step(&self) -> f64 {
        2.0 * (self.high - self.value).max(self.value - self.low)
    }

    /// The same on a log scale; 0 where the value is not positive, which has no logarithm.
    pub fn relative_step(&self) -> f64 {
        if self.value <= 0.0 || self.low == self.high {
            return 0.0;
        }
        let down = if self.low > 0.0 {
            (self.value / self.low).ln()
        } else {
            f64::INFINITY
        };
        2.0 * (self.high / self.value).ln().max(down)
    }
}

/// What `statistic` of `metric` comes to in `invocation`; `None` where it has no such records.
pub fn reduce(invocation: &Invocation, metric: &str, statistic: &Statistic) -> Option<Figure> {
    if metric.starts_with("os:") {
        return of_value(observed(invocation, metric)?, statistic);
    }
    for record in &invocation.records {
        match record {
            Record::Hist(h) if h.metric == metric && h.total() > 0 => {
                return of_histogram(h, statistic);
            }
            Record::Value(v) if v.metric == metric => {
                return of_value(v.value?, statistic);
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

/// A statistic of a single value.
fn of_value(value: f64, statistic: &Statistic) -> Option<Figure> {
    match statistic {
        Statistic::Count => Some(Figure::exact(1.0, 1)),
        Statistic::ShareBelow(limit) => {
            let share = f64::from(u8::from(value <= limit.value));
            Some(Figure::exact(share, 1))
        }
        Statistic::Percentile(p) => Some(Figure {
            percentile_needs: percentile_needs(*p, 1),
            ..Figure::exact(value, 1)
        }),
        Statistic::Slope => None,
        Statistic::Median
        | Statistic::Mean
        | Statistic::Min
        | Statistic::Max
        | Statistic::Value => Some(Figure::exact(value, 1)),
    }
}

fn of_samples(columns: &[&Samples], statistic: &Statistic) -> Option<Figure> {
    let each = || columns.iter().flat_map(|c| c.per_op());
    let n = columns.iter().map(|c| c.len() as u64).sum();
    let value = match statistic {
        Statistic::Median | Statistic::Value => {
            quantile::quantile_of(&mut each().collect::<Vec<_>>(), 0.5)?
        }
        Statistic::Mean => {
            let ops: f64 = columns
                .iter()
                .flat_map(|c| (0..c.len()).map(|i| c.ops.get(i) as f64))
                .sum();
            columns.iter().flat_map(|c| &c.values).sum::<f64>() / ops
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
            .map(|q| Figure::between(q.lo, q.point, q.hi, n))
    };
    match statistic {
        Statistic::Median | Statistic::Value => at(0.5),
        Statistic::Percentile(p) => match percentile_needs(*p, n) {
            Some(needs) => largest(h).map(|figure| Figure {
                percentile_needs: Some(needs),
                ..figure
            }),
            None => at(p / 100.0),
        },
        Statistic::Max => largest(h),
        Statistic::Min => at(0.0),
        Statistic::Count => Some(Figure::exact(n as f64, n)),
        Statistic::ShareBelow(limit) => {
            let share =
                histogram::share_at_or_below(&h.bounds, &h.counts, h.max, limit.value).ok()?;
            let middle = f64::midpoint(share.lo, share.hi);
            Some(Figure::between(share.lo, middle, share.hi, n))
        }
        Statistic::Mean => {
            // Each value somewhere in its bucket: the mean of the lower ends, of the upper ends, and between them.
            let of = |end: fn(f64, f64) -> f64| {
                let sum: f64 = h
                    .counts
                    .iter()
                    .zip(h.bounds.windows(2))
                    .filter(|(count, _)| **count > 0)
                    .map(|(count, bucket)| *count as f64 * end(bucket[0], bucket[1]))
                    .sum();
                sum / n as f64
            };
            Some(Figure::between(
                of(|lo, _| lo),
                of(middle),
                of(|_, hi| hi),
                n,
            ))
        }
        Statistic::Slope => None,
    }
}

/// The largest value: as the program knows it, else the end of the last bucket that is not empty.
fn largest(h: &Histogram) -> Option<Figure> {
    let n = h.total();
    if let Some(max) = h.max {
        return Some(Figure::exact(max, n));
    }
    let last = h.counts.iter().rposition(|count| *count > 0)?;
    let (lo, hi) = (*h.bounds.get(last)?, *h.bounds.get(last + 1)?);
    let value = if hi.is_finite() { hi } else { lo };
    Some(Figure::between(lo, value, hi, n))
}

fn middle(lo: f64, hi: f64) -> f64 {
    match (lo.is_finite(), hi.is_finite()) {
        (true, true) => (lo + hi) / 2.0,
        (true, false) => lo,
        _ => hi,
    }
}

fn percentile_needs(p: f64, n: u64) -> Option<u64> {
    quantile::min_values_for_percentile(p / 100.0, PERCENTILE_CONFIDENCE).filter(|needs| n < *needs)
}

//! Which statistics of a cell are compared: times, rates and sizes.

use crate::analysis::Analyst;
use crate::record::{CellKey, Record};
use crate::spec::{Judge, Measure, Metric, Statistic};
use crate::units::Unit;

/// What is observed of every process.
const PEAK_MEMORY: &str = "os:peak-memory";

/// What claims, pairs and charts of the definition take of the cell's times, rates and sizes; of those that none of
/// them names the metric's own (the value, or the median of many), and peak memory always.
///
/// The tails that a report shows unasked are left out: an unstable percentile in a gate is the commonest false alarm.
pub(super) fn of_cell(analyst: &Analyst<'_>, cell: &CellKey) -> Vec<(String, Statistic)> {
    let mut found = named(analyst, cell);
    for (metric, statistic) in own(analyst, cell) {
        if !found.iter().any(|(name, _)| *name == metric) {
            found.push((metric, statistic));
        }
    }
    found.retain(|(metric, statistic)| {
        analyst
            .metric(metric)
            .is_some_and(|m| is_compared(&m, statistic))
    });
    found
}

fn is_compared(metric: &Metric, statistic: &Statistic) -> bool {
    matches!(
        statistic.unit(metric.unit),
        Unit::Nanosecond | Unit::PerSecond | Unit::Byte
    )
}

/// What the definition asks for, in its order.
fn named(analyst: &Analyst<'_>, cell: &CellKey) -> Vec<(String, Statistic)> {
    let experiment = analyst.experiment;
    let figures = experiment
        .claims
        .iter()
        .flat_map(|c| std::iter::once(&c.judge).chain(c.instead.iter().map(|i| &i.judge)))
        .flat_map(Judge::figures)
        .flat_map(|f| std::iter::once(&f.of).chain(&f.versus));
    let pairs = experiment.pairs.iter().flat_map(|p| [&p.of, &p.versus]);
    let charts = experiment
        .charts
        .iter()
        .map(|c| (&c.select, &c.metric, &c.statistic));
    let mut found: Vec<(String, Statistic)> = Vec::new();
    for (_, metric, statistic) in figures
        .chain(pairs)
        .map(|m: &Measure| (&m.select, &m.metric, &m.statistic))
        .chain(charts)
        .filter(|(select, ..)| select.matches(cell))
    {
        let entry = (metric.clone(), statistic.clone());
        if !found.contains(&entry) {
            found.push(entry);
        }
    }
    found
}

/// What the cell printed and what is observed of it, each by its own statistic.
fn own(analyst: &Analyst<'_>, cell: &CellKey) -> Vec<(String, Statistic)> {
    let mut found: Vec<(String, Statistic)> = Vec::new();
    if let Some((_, invocation)) = analyst.ledger.counted(cell).next() {
        // Samples along an axis are a curve; what is taken of it is for the definition to say.
        let samples = invocation.samples.iter().filter(|s| s.at.is_empty());
        for samples in samples {
            if !found.iter().any(|(name, _)| *name == samples.metric) {
                found.push((samples.metric.clone(), Statistic::Median));
            }
        }
        for record in &invocation.records {
            let (metric, statistic) = match record {
                Record::Hist(h) => (&h.metric, Statistic::Median),
                Record::Value(v) => (&v.metric, Statistic::Value),
                _ => continue,
            };
            if !found.iter().any(|(name, _)| name == metric) {
                found.push((metric.clone(), statistic));
            }
        }
    }
    found.push((PEAK_MEMORY.to_owned(), Statistic::Value));
    found
}

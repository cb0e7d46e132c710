//! From a definition's chart, estimates and invocations to what is drawn.

use super::data::{
    Axis, Band, Cloud, Distribution, Figure, Interval, Line, Place, Plot, Row, Section,
};
use super::labels::{Label, labels, series};
use super::values::{single_values, thinned};
use super::words::{cell_order, value_order, who};
use crate::analysis::Ledger;
use crate::record::{CellKey, Estimate, Invocation, Ops, Record, Samples};
use crate::spec::{
    Chart, ChartKind, Experiment, Figure as Stated, Metric, Selector, Statistic, builtin_metric,
};
use crate::units::{Quantity, Unit};

/// Where a chart's data come from. Estimates and invocations may hold those of other experiments too.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The definition.
    pub experiment: &'a Experiment,
    /// Estimates of the run.
    pub estimates: &'a [Estimate],
    /// Invocations of the run.
    pub invocations: &'a [Invocation],
}

/// The data of `chart`. What was not measured is left out; with nothing left the picture says so.
pub fn figure(source: Source<'_>, chart: &Chart) -> Figure {
    let builtin = builtin_metric(&chart.metric);
    let metric = source
        .experiment
        .metrics
        .get(&chart.metric)
        .or(builtin.as_ref());
    let title = metric.map_or(chart.metric.clone(), |m| m.title.clone());
    let unit = metric.map_or(Unit::One, |m| match chart.kind {
        ChartKind::Intervals | ChartKind::Sweep => chart.statistic.unit(m.unit),
        ChartKind::Ecdf | ChartKind::Growth => m.unit,
    });
    let axis = |log| Axis {
        title: title.clone(),
        unit,
        log,
    };
    let mut notes = Vec::new();
    let (plot, subtitle) = match chart.kind {
        ChartKind::Ecdf => {
            let (series, common) = distributions(source, chart, &mut notes);
            let x = axis(chart.log_x);
            (Plot::Ecdf { x, series }, common)
        }
        ChartKind::Intervals => {
            let (sections, common) = sections(source, chart);
            let mut x = axis(chart.log_x);
            x.title = with_statistic(&x.title, &chart.statistic);
            (Plot::Intervals { x, sections }, common)
        }
        ChartKind::Sweep => {
            let (series, common) = lines(source, chart);
            let x_unit = series
                .iter()
                .flat_map(|s| &s.points)
                .find_map(|(p, _)| matches!(p, Place::Number(_)).then_some(()))
                .and_then(|()| sweep_unit(source, chart))
                .unwrap_or(Unit::One);
            let name = chart.x.clone().unwrap_or_default();
            let doc = source.experiment.params.get(&name).map(|p| p.doc.trim());
            let mut y = axis(chart.log_y);
            y.title = with_statistic(&y.title, &chart.statistic);
            let plot = Plot::Sweep {
                x_title: match doc {
                    Some(doc) if !doc.is_empty() => format!("{name}: {doc}"),
                    _ => name,
                },
                x_log: chart.log_x,
                x_unit,
                y,
                series,
            };
            (plot, common)
        }
        ChartKind::Growth => {
            let (series, common) = clouds(source, chart);
            let x = Axis {
                title: metric
                    .and_then(|m: &Metric| m.axis.clone())
                    .unwrap_or_else(|| "at".into()),
                unit: Unit::One,
                log: chart.log_x,
            };
            let y = axis(chart.log_y);
            (Plot::Growth { x, y, series }, common)
        }
    };
    Figure {
        id: format!("chart-{}-{}", source.experiment.name, chart.id),
        title: chart.title.clone(),
        subtitle,
        plot,
        band: band(source, chart),
        notes,
    }
}

fn with_statistic(title: &str, statistic: &Statistic) -> String {
    match statistic {
        Statistic::Value => title.to_owned(),
        Statistic::Median => format!("{title}, median"),
        Statistic::Mean => format!("{title}, mean"),
        Statistic::Min => format!("{title}, smallest"),
        Statistic::Max => format!("{title}, largest"),
        Statistic::Percentile(p) => format!("{title}, {p}th percentile"),
        Statistic::Slope => format!("{title}, slope"),
        Statistic::Count => format!("{title}, number of values"),
        Statistic::ShareBelow(limit) => format!("{title}, share at or below {limit}"),
    }
}

/// The range of the chart's claim, where it is about what the chart shows: the same metric, no ratio, and the
/// same statistic where the chart draws one.
fn band(source: Source<'_>, chart: &Chart) -> Option<Band> {
    let id = chart.claim.as_ref()?;
    let claim = source.experiment.claims.iter().find(|c| c.id == *id)?;
    let fits = |f: &&Stated| {
        f.versus.is_none()
            && f.of.metric == chart.metric
            && match chart.kind {
                ChartKind::Intervals | ChartKind::Sweep => f.of.statistic == chart.statistic,
                ChartKind::Ecdf | ChartKind::Growth => !matches!(
                    f.of.statistic,
                    Statistic::Slope | Statistic::Count | Statistic::ShareBelow(_)
                ),
            }
    };
    let figure = claim.judge.figures().iter().find(fits)?;
    let expect = &figure.expect;
    // Dividing a negative end by the factor would narrow the range.
    let widen = |end: f64, outward: f64| {
        if end * outward >= 0.0 {
            end * expect.tolerance
        } else {
            end / expect.tolerance
        }
    };
    Some(Band {
        label: match restriction(source, chart, &figure.of.select) {
            Some(of) => format!("{}, for {of}", expect.words),
            None => expect.words.clone(),
        },
        lo: expect.lo,
        hi: expect.hi,
        wide_lo: widen(expect.lo, -1.0),
        wide_hi: widen(expect.hi, 1.0),
    })
}

/// What tells the cells that the claim is about from the others in the picture; `None` where it is about all of them.
fn restriction(source: Source<'_>, chart: &Chart, select: &Selector) -> Option<String> {
    let drawn: Vec<CellKey> = match chart.kind {
        ChartKind::Intervals | ChartKind::Sweep => chosen(source, chart)
            .into_iter()
            .map(|e| e.cell.clone())
            .collect(),
        ChartKind::Ecdf | ChartKind::Growth => by_cell(source, chart)
            .into_iter()
            .map(|(cell, _)| cell)
            .collect(),
    };
    if drawn.iter().all(|cell| select.matches(cell)) {
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    if let Some(variant) = &select.variant
        && drawn.iter().any(|cell| cell.variant != *variant)
    {
        words.push(who(source.experiment, variant, ""));
    }
    for (name, values) in &select.params {
        let is_other = |cell: &CellKey| cell.params.get(name).is_none_or(|v| !values.contains(v));
        if drawn.iter().any(is_other) {
            words.push(format!("{name}={}", values.join("|")));
        }
    }
    Some(words.join(" ")).filter(|words| !words.is_empty())
}

fn chosen<'a>(source: Source<'a>, chart: &Chart) -> Vec<&'a Estimate> {
    let mut found: Vec<&Estimate> = source
        .estimates
        .iter()
        .filter(|e| {
            e.cell.experiment == source.experiment.name
                && e.cell.copy == 0
                && e.versus.is_none()
                && e.metric == chart.metric
                && e.statistic == chart.statistic.to_string()
                && chart.select.matches(&e.cell)
        })
        .collect();
    found.sort_by(|a, b| cell_order(source.experiment, &a.cell, &b.cell));
    found
}

/// Rows by what was asked of the programs, so that those that answer the same stand below each other; in one piece
/// where hardly two do.
fn sections(source: Source<'_>, chart: &Chart) -> (Vec<Section>, String) {
    let found = chosen(source, chart);
    let cells: Vec<CellKey> = found.iter().map(|e| e.cell.clone()).collect();
    let named = labels(source.experiment, &cells);
    let settings = 1 + named.each.iter().map(|l| l.kin.setting).max().unwrap_or(0);
    let row = |(label, e): (&Label, &&Estimate), name: String| Row {
        name,
        group: label.kin.program,
        interval: interval(e),
        values: e.values.clone(),
    };
    let rows = || named.each.iter().zip(&found);
    if settings == 1 || found.len() < 2 * settings {
        let rows = rows().map(|r| row(r, r.0.name())).collect();
        let title = String::new();
        return (vec![Section { title, rows }], named.common);
    }
    let sections = (0..settings).map(|setting| {
        let here = || rows().filter(|(label, _)| label.kin.setting == setting);
        Section {
            title: here()
                .next()
                .map_or_else(String::new, |(label, _)| label.setting.clone()),
            rows: here().map(|r| row(r, r.0.program.clone())).collect(),
        }
    });
    (sections.collect(), named.common)
}

fn interval(e: &Estimate) -> Interval {
    Interval {
        center: e.center,
        lo: e.lo,
        hi: e.hi,
    }
}

fn lines(source: Source<'_>, chart: &Chart) -> (Vec<Line>, String) {
    let x = chart.x.as_deref().unwrap_or_default();
    let mut groups: Vec<(CellKey, Vec<(&str, Interval)>)> = Vec::new();
    for e in chosen(source, chart) {
        let Some(value) = e.cell.params.get(x) else {
            continue;
        };
        let mut rest = e.cell.clone();
        rest.params.remove(x);
        let point = (value.as_str(), interval(e));
        match groups.iter_mut().find(|(cell, _)| *cell == rest) {
            Some((_, points)) => points.push(point),
            None => groups.push((rest, vec![point])),
        }
    }
    let (named, common) = series(source.experiment, groups);
    let lines = named.into_iter().map(|(label, mut points)| {
        points.sort_by(|a, b| value_order(a.0, b.0));
        Line {
            name: label.name(),
            kin: label.kin,
            points: points.into_iter().map(|(v, i)| (place(v), i)).collect(),
        }
    });
    (lines.collect(), common)
}

fn place(value: &str) -> Place {
    value.parse::<Quantity>().map_or_else(
        |_| Place::Word(value.to_owned()),
        |q| Place::Number(q.value),
    )
}

/// The unit that the parameter's numbers are written in; plain numbers where they disagree.
fn sweep_unit(source: Source<'_>, chart: &Chart) -> Option<Unit> {
    let x = chart.x.as_ref()?;
    let mut units: Vec<Unit> = chosen(source, chart)
        .iter()
        .filter_map(|e| e.cell.params.get(x)?.parse::<Quantity>().ok())
        .map(|q| q.unit)
        .collect();
    units.sort_unstable();
    units.dedup();
    match units.as_slice() {
        [unit] => Some(*unit),
        _ => None,
    }
}

/// The invocations that count, by cell, in the order of cells: those that the estimates are made of.
fn by_cell<'a>(source: Source<'a>, chart: &Chart) -> Vec<(CellKey, Vec<&'a Invocation>)> {
    let ledger = Ledger::new(source.invocations);
    let mut found: Vec<(CellKey, Vec<&Invocation>)> = ledger
        .cells()
        .filter(|cell| {
            cell.copy == 0
                && cell.experiment == source.experiment.name
                && chart.select.matches(cell)
        })
        .map(|cell| {
            let counted = ledger.counted(cell).map(|(_, invocation)| invocation);
            (cell.clone(), counted.collect())
        })
        .filter(|(_, counted): &(CellKey, Vec<&Invocation>)| !counted.is_empty())
        .collect();
    found.sort_by(|a, b| cell_order(source.experiment, &a.0, &b.0));
    found
}

fn distributions(
    source: Source<'_>,
    chart: &Chart,
    notes: &mut Vec<String>,
) -> (Vec<Distribution>, String) {
    let mut found: Vec<(CellKey, Vec<(f64, u64)>)> = Vec::new();
    let mut batch = 1;
    let mut buckets = false;
    for (cell, invocations) in by_cell(source, chart) {
        let mut values: Vec<(f64, u64)> = invocations
            .iter()
            .flat_map(|i| single_values(i, &chart.metric))
            .filter(|(v, _)| v.is_finite())
            .collect();
        for invocation in &invocations {
            for samples in invocation
                .samples
                .iter()
                .filter(|s| s.measure(&chart.metric))
            {
                batch = batch.max(match &samples.ops {
                    Ops::Same(ops) => *ops,
                    Ops::Each(each) => each.iter().copied().max().unwrap_or(1),
                });
            }
            buckets |= invocation
                .records
                .iter()
                .any(|record| matches!(record, Record::Hist(h) if h.metric == chart.metric));
        }
        if values.is_empty() {
            continue;
        }
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        found.push((cell, thinned(&values)));
    }
    if batch > 1 {
        notes.push(format!(
            "Each value is the mean of a batch of up to {batch} operations."
        ));
    }
    if buckets {
        notes.push(
            "Values that came counted in buckets are drawn at the upper end of theirs.".into(),
        );
    }
    let (named, common) = series(source.experiment, found);
    let distributions = named.into_iter().map(|(label, values)| Distribution {
        name: label.name(),
        kin: label.kin,
        values,
    });
    (distributions.collect(), common)
}

fn clouds(source: Source<'_>, chart: &Chart) -> (Vec<Cloud>, String) {
    let found: Vec<(CellKey, Vec<(f64, f64)>)> = by_cell(source, chart)
        .into_iter()
        .map(|(cell, invocations)| {
            let points = invocations
                .iter()
                .flat_map(|i| &i.samples)
                .filter(|samples| samples.measure(&chart.metric))
                .flat_map(Samples::places)
                .collect::<Vec<_>>();
            (cell, points)
        })
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let (named, common) = series(source.experiment, found);
    let clouds = named.into_iter().map(|(label, points)| Cloud {
        name: label.name(),
        kin: label.kin,
        points,
    });
    (clouds.collect(), common)
}

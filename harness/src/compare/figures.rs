//! A statistic in both runs, and all of them together.

use std::collections::BTreeMap;

use super::{Common, Comparison, Margin, POWER, Ratio, Value, Word, machine, measures};
use crate::analysis::reduce::reduce;
use crate::analysis::{ALPHA, Analyst, controls};
use crate::record::{CellKey, ControlKind, Estimate, RunFile, Scale};
use crate::spec::{Better, Metric, Statistic};
use crate::stats::{Alpha, PerInvocation, StatsError, Unpaired, anytime, correction};
use crate::units::{Unit, times};

/// A comparison before it is known how many there are.
struct Draft {
    comparison: Comparison,
    test: Option<Test>,
    better: Option<Better>,
    /// Why there is no word, whatever the figures say.
    void: Option<String>,
}

/// What is tested.
struct Test {
    ratio: Found,
    /// The largest factor, either way, that the A/A control of either run leaves open.
    spread: f64,
    p: f64,
}

enum Found {
    Means(Unpaired),
    /// A value that never differs within a run is known without a test.
    Exact,
}

/// Compares every statistic of every cell that both runs have. Also gives how many tests there were.
pub(super) fn compare(
    experiments: &[Common<'_>],
    a: &RunFile,
    b: &RunFile,
    margin: Margin,
) -> (Vec<Comparison>, usize) {
    let mut drafts = Vec::new();
    for experiment in experiments {
        let cells = experiment
            .b
            .cells()
            .filter(|cell| super::is_measured(cell) && experiment.a.cells().any(|c| c == *cell));
        for cell in cells {
            let same_binary = machine::same_binary(a, b, cell);
            let mut asked = measures::of_cell(&experiment.b, cell);
            for entry in measures::of_cell(&experiment.a, cell) {
                if !asked.contains(&entry) {
                    asked.push(entry);
                }
            }
            drafts.extend(asked.into_iter().filter_map(|(metric, statistic)| {
                let mut draft = draft(experiment, cell, &metric, &statistic, margin)?;
                draft.comparison.same_binary = same_binary;
                Some(draft)
            }));
        }
    }
    let p_values: Vec<f64> = drafts
        .iter()
        .filter_map(|d| d.test.as_ref().map(|test| test.p))
        .collect();
    let tests = p_values.len();
    let mut adjusted = correction::holm(&p_values).into_iter();
    let mut comparisons: Vec<Comparison> = drafts
        .into_iter()
        .map(|draft| {
            let p = draft.test.is_some().then(|| adjusted.next()).flatten();
            conclude(draft, p, tests, margin)
        })
        .collect();
    blame_the_machine(&mut comparisons);
    (comparisons, tests)
}

/// A program that is the same byte for byte can't have changed: where it differs, the machine does, and no difference of
/// its experiment is known to be another program's.
fn blame_the_machine(comparisons: &mut [Comparison]) {
    let mut moved: BTreeMap<String, String> = BTreeMap::new();
    for one in comparisons.iter() {
        if one.same_binary == Some(true) && one.word.is_difference() {
            moved
                .entry(one.cell.experiment.clone())
                .or_insert_with(|| one.cell.to_string());
        }
    }
    for one in comparisons.iter_mut().filter(|c| c.word.is_difference()) {
        let Some(witness) = moved.get(&one.cell.experiment) else {
            continue;
        };
        one.reason = match one.same_binary {
            Some(true) => {
                "the same binary in both runs: the machine changed, not the program".into()
            }
            _ => format!(
                "the machine changed: `{witness}`, the same binary in both runs, differs too"
            ),
        };
        one.word = Word::Inconclusive;
        one.is_worse = false;
    }
}

fn draft(
    experiment: &Common<'_>,
    cell: &CellKey,
    metric: &str,
    statistic: &Statistic,
    margin: Margin,
) -> Option<Draft> {
    let described = experiment.b.metric(metric)?;
    let (a, b) = (
        experiment.a.estimate(cell, metric, statistic),
        experiment.b.estimate(cell, metric, statistic),
    );
    if a.is_none() && b.is_none() {
        return None;
    }
    let value = |e: &Estimate| Value {
        center: e.center,
        lo: e.lo,
        hi: e.hi,
        n: e.n,
    };
    let mut draft = Draft {
        comparison: Comparison {
            cell: cell.clone(),
            metric: metric.to_owned(),
            statistic: statistic.to_string(),
            title: statistic.of(&described.title),
            unit: statistic.unit(described.unit),
            a: a.as_ref().map(value),
            b: b.as_ref().map(value),
            ratio: None,
            detectable: None,
            p: None,
            word: Word::Inconclusive,
            is_worse: false,
            is_neutral: described.better.is_none(),
            reason: String::new(),
            same_binary: None,
        },
        test: None,
        better: described.better,
        void: experiment.void.clone(),
    };
    if let Some(reason) = another_thing(experiment, cell, metric, &described) {
        draft.comparison.word = Word::Incomparable;
        draft.void = Some(reason);
        return Some(draft);
    }
    let (Some(a), Some(b)) = (&a, &b) else {
        let (analyst, which) = match a {
            None => (&experiment.a, "first"),
            Some(_) => (&experiment.b, "second"),
        };
        draft.void = Some(no_figure(analyst, cell, metric, which));
        return Some(draft);
    };
    let unjudged = a
        .warnings
        .iter()
        .chain(&b.warnings)
        .find(|w| w.forbids_verdict());
    if let Some(warning) = unjudged {
        draft.void = Some(warning.to_string());
        return Some(draft);
    }
    if described.exact && *statistic == Statistic::Value {
        draft.exact(a.center, b.center, margin);
    } else {
        match unpaired(experiment, (a, b), metric, statistic) {
            Ok(unpaired) if !unpaired.has_no_spread() || a.n.min(b.n) >= anytime::FIRST_LOOK => {
                draft.means(unpaired, spread(experiment, metric, statistic), margin);
            }
            Ok(_) => {
                draft.void = Some(format!(
                    "{} and {} invocations that do not differ are too few to say that none would",
                    a.n, b.n
                ));
            }
            Err(error) => draft.void = Some(error.to_string()),
        }
    }
    Some(draft)
}

impl Draft {
    /// Two values of which each was the same in all of its run.
    fn exact(&mut self, a: f64, b: f64, margin: Margin) {
        // Nothing and nothing is the same; something against nothing is beyond any margin.
        let center = if a == b { 1.0 } else { b / a };
        self.comparison.ratio = Some(Ratio {
            center,
            lo: center,
            hi: center,
        });
        self.test = Some(Test {
            ratio: Found::Exact,
            spread: 1.0,
            p: if margin.contains(center) { 1.0 } else { 0.0 },
        });
    }

    fn means(&mut self, unpaired: Unpaired, spread: f64, margin: Margin) {
        let found = unpaired.interval(ALPHA);
        self.comparison.ratio = Some(Ratio {
            center: found.center,
            lo: found.lo,
            hi: found.hi,
        });
        self.test = Some(Test {
            p: unpaired.p_outside(margin.lo(), margin.hi()),
            ratio: Found::Means(unpaired),
            spread,
        });
    }
}

/// The word of a comparison, with its p value after Holm's correction over all `tests`.
fn conclude(draft: Draft, p: Option<f64>, tests: usize, margin: Margin) -> Comparison {
    let Draft {
        mut comparison,
        test,
        better,
        void,
    } = draft;
    comparison.p = p;
    if let Some(test) = &test {
        comparison.detectable = detectable(test, tests, margin);
    }
    if let Some(reason) = void {
        comparison.reason = reason;
        return comparison;
    }
    let (Some(test), Some(ratio), Some(p)) = (test, comparison.ratio, p) else {
        return comparison;
    };
    let is_known =
        matches!(test.ratio, Found::Exact) || (ratio.lo.is_finite() && ratio.hi.is_finite());
    let is_beyond = p <= ALPHA.get();
    if !is_known {
        comparison.reason = "the figure of the first run may be 0: there is no ratio to it".into();
    } else if margin.contains(ratio.lo) && margin.contains(ratio.hi) {
        comparison.word = Word::Same;
    } else if is_beyond && either_way(ratio.center) <= test.spread {
        comparison.reason = format!(
            "inside the A/A spread: the same cell twice leaves {} open",
            times(test.spread)
        );
    } else if is_beyond {
        let is_larger = ratio.center > 1.0;
        comparison.word = word(comparison.unit, better, is_larger);
        comparison.is_worse = match better {
            Some(Better::Lower) => is_larger,
            Some(Better::Higher) => !is_larger,
            None => false,
        };
    } else if ratio.lo > margin.hi() || ratio.hi < margin.lo() {
        comparison.reason =
            format!("beyond the margin by itself, not as one of {tests} comparisons (Holm)");
    } else if margin.contains(ratio.center) {
        comparison.reason = "too wide to call it the same".into();
    } else {
        comparison.reason = "too wide to call it a difference beyond the margin".into();
    }
    comparison
}

fn word(unit: Unit, better: Option<Better>, is_larger: bool) -> Word {
    match (unit, better, is_larger) {
        (Unit::Nanosecond, Some(Better::Lower), true)
        | (Unit::PerSecond, Some(Better::Higher), false) => Word::Slower,
        (Unit::Nanosecond, Some(Better::Lower), false)
        | (Unit::PerSecond, Some(Better::Higher), true) => Word::Faster,
        (_, _, true) => Word::More,
        (_, _, false) => Word::Less,
    }
}

/// What would be found: against the hardest step of Holm's correction, which the first of `tests` must take.
fn detectable(test: &Test, tests: usize, margin: Margin) -> Option<f64> {
    let Found::Means(unpaired) = &test.ratio else {
        return Some(margin.hi());
    };
    let alpha = Alpha::new(ALPHA.get() / tests.max(1) as f64).ok()?;
    Some(unpaired.detectable(alpha, POWER, margin.hi(), test.spread)).filter(|f| f.is_finite())
}

/// The figures of both runs, on the scale on which the metric is averaged.
fn unpaired(
    experiment: &Common<'_>,
    (a, b): (&Estimate, &Estimate),
    metric: &str,
    statistic: &Statistic,
) -> Result<Unpaired, StatsError> {
    let (first, second) = (
        PerInvocation::new(a.values.clone())?,
        PerInvocation::new(b.values.clone())?,
    );
    let step = |analyst: &Analyst<'_>, relative: bool| {
        analyst
            .ledger
            .counted(&b.cell)
            .filter_map(|(_, invocation)| reduce(invocation, metric, statistic))
            .map(|f| {
                if relative {
                    f.relative_step()
                } else {
                    f.step()
                }
            })
            .fold(0.0, f64::max)
    };
    let is_log = a.scale == Scale::Log && b.scale == Scale::Log;
    let unpaired = if is_log {
        Unpaired::geometric(&first, &second)
    } else {
        Unpaired::arithmetic(&first, &second)
    }?;
    Ok(unpaired.at_resolution(step(&experiment.a, is_log), step(&experiment.b, is_log)))
}

/// The largest factor, either way, that the A/A controls of both runs leave open: that of the metric itself where the
/// twin has it, else that of the control. 1 where a run has no A/A control: all of its cells have a fixed number of
/// blocks then.
fn spread(experiment: &Common<'_>, metric: &str, statistic: &Statistic) -> f64 {
    [&experiment.a, &experiment.b]
        .into_iter()
        .zip(&experiment.fitness)
        .filter_map(|(analyst, fitness)| {
            let control = fitness
                .controls
                .iter()
                .find(|c| c.kind == ControlKind::Null);
            controls::null_ratio(analyst, metric, statistic)
                .or_else(|| control.and_then(|c| c.ratio.clone()))
        })
        .map(|ratio| either_way(ratio.lo).max(either_way(ratio.hi)))
        .fold(1.0, f64::max)
}

/// A factor below 1 as the one above it that is as far from 1.
fn either_way(factor: f64) -> f64 {
    if factor <= 0.0 {
        f64::INFINITY
    } else {
        factor.max(1.0 / factor)
    }
}

/// Why a figure of the same name is another thing in each run.
fn another_thing(
    experiment: &Common<'_>,
    cell: &CellKey,
    metric: &str,
    now: &Metric,
) -> Option<String> {
    let unit = experiment.then.metrics.get(metric).map(|then| then.unit);
    if unit.is_some_and(|unit| unit != now.unit) {
        return Some("its unit changed in the definition".to_owned());
    }
    machine::changed_settings(experiment.then, experiment.now, cell)
}

fn no_figure(analyst: &Analyst<'_>, cell: &CellKey, metric: &str, which: &str) -> String {
    let failed = analyst.ledger.failed(cell);
    match analyst.absent_reason(cell, metric) {
        Some(absent) => format!("absent in the {which} run: {absent}"),
        None if failed > 0 => format!("the {which} run has none: {failed} invocations failed"),
        None => format!("the {which} run has none"),
    }
}

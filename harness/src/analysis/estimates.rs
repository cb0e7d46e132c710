//! Figures of invocations to estimates.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::Ledger;
use super::reduce::{self, Figure, reduce};
use super::scaling;
use crate::plan::{Blocks, Cell};
use crate::record::{CellKey, Estimate, Invocation, OutcomeValue, Record, Scale, Warning};
use crate::spec::{Experiment, Judge, Measure, Metric, Statistic, builtin_metric};
use crate::stats::{Alpha, Interval, Paired, PerInvocation, anytime, drift, interval};
use crate::units::Unit;

/// One minus the confidence of every interval.
pub const ALPHA: Alpha = Alpha::FIVE_PERCENT;

/// Figures by block.
type Figures = BTreeMap<u32, Figure>;

/// Cell, metric, statistic.
type What = (CellKey, String, String);

/// Which part of a run's data, and how sure an interval is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// First block that counts.
    pub from: u32,
    /// Last block that counts.
    pub to: u32,
    /// One minus the confidence.
    pub alpha: Alpha,
    /// Whether it is the last look at two cells whose ratio did not decide when they stopped ([`anytime::at_the_end`]).
    pub is_last: bool,
}

impl Look {
    /// All data, at [`ALPHA`].
    pub const ALL: Look = Look {
        from: 0,
        to: u32::MAX,
        alpha: ALPHA,
        is_last: false,
    };

    /// All data of cells that went on for the sake of others, as controls do.
    pub const AT_THE_END: Look = Look {
        is_last: true,
        ..Look::ALL
    };

    fn of(self, figures: &Figures) -> Figures {
        figures
            .range(self.from..=self.to)
            .map(|(block, figure)| (*block, *figure))
            .collect()
    }
}

/// Makes estimates of one experiment.
#[derive(Debug)]
pub struct Analyst<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Its invocations; those of other experiments do not matter.
    pub ledger: Ledger<'a>,
    planned: BTreeMap<CellKey, Blocks>,
    /// Reducing an invocation sorts its samples; claims, pairs and charts ask for the same figures again and again.
    reduced: RefCell<HashMap<What, Rc<Figures>>>,
}

impl<'a> Analyst<'a> {
    /// An analyst of `experiment` over the invocations of a journal, which were planned as `cells`: the user may have put
    /// other values in place of those of the definition, and the definition may have been edited since.
    pub fn new(experiment: &'a Experiment, cells: &[Cell], invocations: &'a [Invocation]) -> Self {
        Analyst {
            experiment,
            ledger: Ledger::new(invocations),
            planned: cells.iter().map(|c| (c.key.clone(), c.blocks)).collect(),
            reduced: RefCell::default(),
        }
    }

    /// The experiment's cells that were tried, controls included.
    pub fn cells(&self) -> impl Iterator<Item = &'a CellKey> {
        let name = &self.experiment.name;
        self.ledger
            .cells()
            .filter(move |cell| cell.experiment == *name)
    }

    /// The metric's description, declared or observed.
    pub fn metric(&self, name: &str) -> Option<Metric> {
        self.experiment
            .metrics
            .get(name)
            .cloned()
            .or_else(|| builtin_metric(name))
    }

    /// Centre and interval of a statistic over a cell's invocations; `None` where no invocation has it.
    pub fn estimate(
        &self,
        cell: &CellKey,
        metric: &str,
        statistic: &Statistic,
    ) -> Option<Estimate> {
        self.estimate_at(cell, metric, statistic, Look::ALL)
    }

    fn estimate_at(
        &self,
        cell: &CellKey,
        metric: &str,
        statistic: &Statistic,
        look: Look,
    ) -> Option<Estimate> {
        let described = self.metric(metric)?;
        let figures = look.of(&self.figures(cell, metric, statistic));
        let values: Vec<f64> = figures.values().map(|f| f.value).collect();
        let data = PerInvocation::new(values.clone()).ok()?;
        let mut warnings = self.warnings(cell, metric, &figures);
        let unit = statistic.unit(described.unit);
        let is_exact = described.exact && matches!(statistic, Statistic::Value);
        let (scale, found) = if is_exact {
            (Scale::Linear, exact(&data, look.alpha))
        } else {
            self.interval(
                cell,
                &data,
                scale_of(&described, statistic),
                &figures,
                look.alpha,
                &mut warnings,
            )
        };
        let found = if matches!(statistic, Statistic::ShareBelow(_)) {
            within_unit(found)
        } else {
            found
        };
        if is_exact && found.lo < found.hi {
            warnings.push(Warning::NotConstant);
        }
        if !is_exact && drift::check(&data).is_significant() {
            warnings.push(Warning::Drift);
        }
        let is_per_op = !matches!(
            statistic,
            Statistic::Slope | Statistic::Count | Statistic::ShareBelow(_)
        );
        if unit == Unit::Nanosecond && is_per_op && found.center > 0.0 && found.center < 1.0 {
            warnings.push(Warning::BelowOneNanosecond);
        }
        Some(Estimate {
            id: format!("{metric}/{statistic} @ {}: {cell}", cell.experiment),
            cell: cell.clone(),
            versus: None,
            metric: metric.to_owned(),
            statistic: statistic.to_string(),
            unit,
            center: found.center,
            lo: found.lo,
            hi: found.hi,
            confidence: found.confidence,
            n: data.len(),
            scale,
            values,
            warnings,
        })
    }

    /// The ratio of two cells over the blocks that both took part in, in logs; `None` where it has no meaning
    /// (a value that is not positive, no common block).
    pub fn ratio(
        &self,
        of: (&CellKey, &str, &Statistic),
        versus: (&CellKey, &str, &Statistic),
    ) -> Option<Estimate> {
        self.ratio_at(of, versus, Look::ALL)
    }

    /// As [`Analyst::ratio`], of a part of the data or at another level.
    pub(super) fn ratio_at(
        &self,
        (cell, metric, statistic): (&CellKey, &str, &Statistic),
        (other, other_metric, other_statistic): (&CellKey, &str, &Statistic),
        look: Look,
    ) -> Option<Estimate> {
        let numerators = look.of(&self.figures(cell, metric, statistic));
        let denominators = look.of(&self.figures(other, other_metric, other_statistic));
        let (mut step_above, mut step_below): (f64, f64) = (0.0, 0.0);
        let (above, below): (Vec<f64>, Vec<f64>) = numerators
            .iter()
            .filter_map(|(block, a)| denominators.get(block).map(|b| (a, b)))
            .map(|(a, b)| {
                step_above = step_above.max(a.relative_step());
                step_below = step_below.max(b.relative_step());
                (a.value, b.value)
            })
            .unzip();
        let pairs = Paired::new(
            &PerInvocation::new(above).ok()?,
            &PerInvocation::new(below).ok()?,
        )
        .ok()?;
        let data = pairs.log_ratios();
        let mut warnings = self.warnings(cell, metric, &numerators);
        warnings.extend(self.warnings(other, other_metric, &denominators));
        let must_agree = [(metric, &numerators), (other_metric, &denominators)]
            .into_iter()
            .filter(|(name, _)| self.metric(name).is_some_and(|m| m.exact));
        for (_, figures) in must_agree {
            let mut values = figures.values().map(|f| f.value);
            let first = values.next();
            if values.any(|value| Some(value) != first) {
                warnings.push(Warning::NotConstant);
            }
        }
        if (&cell.variant, &cell.toolchain) != (&other.variant, &other.toolchain) {
            warnings.extend(self.fewest_layouts(cell, other));
        }
        let mut found = self.choose(cell, data, look.alpha, &mut warnings);
        if look.is_last && !self.is_fixed(cell) {
            found = anytime::at_the_end(&pairs, look.alpha);
        }
        let found = found
            // Either side may be half its step off, and in opposite directions.
            .at_resolution(step_above + step_below)
            .exp();
        Some(Estimate {
            id: format!(
                "{metric}/{statistic} @ {}: {cell} / {other_metric}/{other_statistic} {other}",
                cell.experiment
            ),
            cell: cell.clone(),
            versus: Some(other.clone()),
            metric: metric.to_owned(),
            statistic: statistic.to_string(),
            unit: Unit::One,
            center: found.center,
            lo: found.lo,
            hi: found.hi,
            confidence: found.confidence,
            n: data.len(),
            scale: Scale::Log,
            values: data.values().iter().map(|log| log.exp()).collect(),
            warnings,
        })
    }

    /// The estimate of a measure in one cell, or its ratio to `versus` there.
    pub fn measure(
        &self,
        cell: &CellKey,
        of: &Measure,
        versus: Option<&Measure>,
    ) -> Option<Estimate> {
        self.measure_at(cell, of, versus, Look::ALL)
    }

    /// As [`Analyst::measure`], of a part of the data or at another level.
    pub fn measure_at(
        &self,
        cell: &CellKey,
        of: &Measure,
        versus: Option<&Measure>,
        look: Look,
    ) -> Option<Estimate> {
        match versus {
            None => self.estimate_at(cell, &of.metric, &of.statistic, look),
            Some(versus) => {
                let other = versus.select.counterpart(cell, self.cells())?;
                self.ratio_at(
                    (cell, &of.metric, &of.statistic),
                    (other, &versus.metric, &versus.statistic),
                    look,
                )
            }
        }
    }

    /// The blocks from which [`Analyst::measure`] has data, in order.
    pub fn blocks(&self, cell: &CellKey, of: &Measure, versus: Option<&Measure>) -> Vec<u32> {
        let mine = self.figures(cell, &of.metric, &of.statistic);
        let Some(versus) = versus else {
            return mine.keys().copied().collect();
        };
        let Some(other) = versus.select.counterpart(cell, self.cells()) else {
            return Vec::new();
        };
        let theirs = self.figures(other, &versus.metric, &versus.statistic);
        mine.keys()
            .filter(|block| theirs.contains_key(block))
            .copied()
            .collect()
    }

    /// Whether a cell was planned to go on until its claims are decided.
    pub fn is_adaptive(&self, cell: &CellKey) -> bool {
        self.planned.get(cell) == Some(&Blocks::Adaptive)
    }

    /// Whether a cell's number of blocks was fixed beforehand, so that it is looked at once. A cell that nobody planned is not:
    /// the interval that holds at every look holds at one.
    pub fn is_fixed(&self, cell: &CellKey) -> bool {
        matches!(self.planned.get(cell), Some(Blocks::Fixed(_)))
    }

    /// Whether a variant was planned, whatever became of it.
    pub fn has_planned(&self, variant: &str) -> bool {
        self.planned.keys().any(|cell| cell.variant == variant)
    }

    /// What each counted invocation of a cell printed under `key`.
    pub fn outcomes(&self, cell: &CellKey, key: &str) -> Vec<OutcomeValue> {
        self.ledger
            .counted(cell)
            .filter_map(|(_, invocation)| {
                invocation.records.iter().find_map(|record| match record {
                    Record::Outcome(o) if o.key == key => Some(o.value.clone()),
                    _ => None,
                })
            })
            .collect()
    }

    /// Why a metric is absent in a cell, in the program's words.
    pub fn absent_reason(&self, cell: &CellKey, metric: &str) -> Option<String> {
        self.ledger
            .counted(cell)
            .find_map(|(_, invocation)| reduce::absent_reason(invocation, metric))
            .map(str::to_owned)
    }

    /// Every estimate that claims, pairs and charts ask for, and the usual ones of every metric that a cell printed.
    pub fn all(&self) -> Vec<Estimate> {
        let mut found: BTreeMap<String, Estimate> = BTreeMap::new();
        let mut add = |estimate: Option<Estimate>| {
            if let Some(estimate) = estimate {
                found.insert(estimate.id.clone(), estimate);
            }
        };
        let judges = self
            .experiment
            .claims
            .iter()
            .flat_map(|c| std::iter::once(&c.judge).chain(c.instead.iter().map(|i| &i.judge)));
        for figure in judges.flat_map(Judge::figures) {
            for cell in self.cells().filter(|c| figure.of.select.matches(c)) {
                add(self.measure(cell, &figure.of, figure.versus.as_ref()));
            }
        }
        for pair in &self.experiment.pairs {
            for cell in self.cells().filter(|c| pair.of.select.matches(c)) {
                add(self.measure(cell, &pair.of, Some(&pair.versus)));
                add(self.measure(cell, &pair.of, None));
                let other = pair.versus.select.counterpart(cell, self.cells());
                add(other.and_then(|other| self.measure(other, &pair.versus, None)));
            }
        }
        for chart in &self.experiment.charts {
            for cell in self.cells().filter(|c| chart.select.matches(c)) {
                add(self.estimate(cell, &chart.metric, &chart.statistic));
            }
        }
        for cell in self.cells() {
            for (metric, statistic) in self.usual(cell) {
                add(self.estimate(cell, &metric, &statistic));
            }
        }
        found.into_values().collect()
    }

    /// Statistics that a reader expects of what a cell printed.
    fn usual(&self, cell: &CellKey) -> Vec<(String, Statistic)> {
        let mut usual = vec![("os:peak-memory".to_owned(), Statistic::Value)];
        let Some((_, invocation)) = self.ledger.counted(cell).next() else {
            return usual;
        };
        for samples in invocation.samples.iter().filter(|s| s.at.is_empty()) {
            let entry = (samples.metric.clone(), Statistic::Median);
            if !usual.contains(&entry) {
                usual.push(entry);
            }
        }
        for record in &invocation.records {
            let found: (&str, &[Statistic]) = match record {
                Record::Hist(h) => (
                    &h.metric,
                    &[
                        Statistic::Median,
                        Statistic::Percentile(99.0),
                        Statistic::Max,
                    ],
                ),
                Record::Value(v) => (&v.metric, &[Statistic::Value]),
                _ => continue,
            };
            for statistic in found.1 {
                let entry = (found.0.to_owned(), statistic.clone());
                if !usual.contains(&entry) {
                    usual.push(entry);
                }
            }
        }
        usual
    }

    fn figures(&self, cell: &CellKey, metric: &str, statistic: &Statistic) -> Rc<Figures> {
        let what = (cell.clone(), metric.to_owned(), statistic.to_string());
        let known = self.reduced.borrow().get(&what).cloned();
        known.unwrap_or_else(|| {
            let figures: Figures = self
                .ledger
                .counted(cell)
                .filter_map(|(block, invocation)| {
                    reduce(invocation, metric, statistic).map(|figure| (block, figure))
                })
                .collect();
            let figures = Rc::new(figures);
            self.reduced.borrow_mut().insert(what, Rc::clone(&figures));
            figures
        })
    }

    /// How many times longer twice the operations took, in each invocation that tried.
    fn doublings(&self, cell: &CellKey, metric: &str) -> Vec<f64> {
        let singles = self.figures(cell, metric, &Statistic::Median);
        self.ledger
            .counted(cell)
            .filter_map(|(block, invocation)| {
                let doubled = scaling::doubled(invocation, metric)?;
                let single = singles.get(&block)?.value;
                (single > 0.0).then_some(2.0 * doubled / single)
            })
            .collect()
    }

    fn warnings(&self, cell: &CellKey, metric: &str, figures: &Figures) -> Vec<Warning> {
        let mut warnings = Vec::new();
        warnings.extend(scaling::check(self.doublings(cell, metric), ALPHA));
        if let Some(need) = figures.values().filter_map(|f| f.percentile_needs).max() {
            let have = figures.values().map(|f| f.values).min().unwrap_or(0);
            warnings.push(Warning::PercentileNeedsMore { have, need });
        }
        let failed = self.ledger.failed(cell);
        if failed > 0 {
            warnings.push(Warning::Failed { count: failed });
        }
        let disturbed = self
            .ledger
            .counted(cell)
            .filter(|(_, i)| i.disturbed.is_some())
            .count();
        if disturbed > 0 {
            warnings.push(Warning::Disturbed { count: disturbed });
        }
        warnings
    }

    fn interval(
        &self,
        cell: &CellKey,
        data: &PerInvocation,
        scale: Scale,
        figures: &Figures,
        alpha: Alpha,
        warnings: &mut Vec<Warning>,
    ) -> (Scale, Interval) {
        if scale == Scale::Log {
            if let Ok(logs) = data.logs() {
                let step = figures
                    .values()
                    .map(Figure::relative_step)
                    .fold(0.0, f64::max);
                return (
                    Scale::Log,
                    self.choose(cell, &logs, alpha, warnings)
                        .at_resolution(step)
                        .exp(),
                );
            }
            warnings.push(Warning::NotPositive);
        }
        let step = figures.values().map(Figure::step).fold(0.0, f64::max);
        (
            Scale::Linear,
            self.choose(cell, data, alpha, warnings).at_resolution(step),
        )
    }

    /// A cell whose number of blocks was fixed beforehand is looked at once; the others are looked at after every block.
    fn choose(
        &self,
        cell: &CellKey,
        data: &PerInvocation,
        alpha: Alpha,
        warnings: &mut Vec<Warning>,
    ) -> Interval {
        let is_fixed = self.is_fixed(cell);
        let need = if is_fixed { 2 } else { anytime::FIRST_LOOK };
        if data.len() < need {
            warnings.push(Warning::TooFewInvocations {
                have: data.len(),
                need,
            });
        }
        if is_fixed {
            interval::median_interval(data, alpha)
        } else {
            anytime::interval(data, alpha)
        }
    }
}

fn scale_of(metric: &Metric, statistic: &Statistic) -> Scale {
    match statistic {
        Statistic::Slope | Statistic::Count | Statistic::ShareBelow(_) => Scale::Linear,
        _ => metric.scale,
    }
}

/// A share lies between 0 and 1, whatever an interval made without that knowledge says.
fn within_unit(found: Interval) -> Interval {
    if !found.is_finite() {
        return found;
    }
    Interval {
        lo: found.lo.clamp(0.0, 1.0),
        hi: found.hi.clamp(0.0, 1.0),
        ..found
    }
}

/// A value that must not differ is not averaged: the interval spans all that was seen.
fn exact(data: &PerInvocation, alpha: Alpha) -> Interval {
    let sorted = data.sorted();
    let (lo, hi) = (sorted.first().copied(), sorted.last().copied());
    let center = sorted.get(sorted.len() / 2).copied();
    Interval {
        center: center.unwrap_or(f64::NAN),
        lo: lo.unwrap_or(f64::NEG_INFINITY),
        hi: hi.unwrap_or(f64::INFINITY),
        confidence: alpha.confidence(),
    }
}

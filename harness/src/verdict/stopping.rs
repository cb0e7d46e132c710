//! When a cell has enough data: its claims are decided, or its figures are precise enough.

use std::collections::BTreeMap;

use super::held::Held;
use super::place::Place;
use super::refute::{Refutation, refutation};
use crate::analysis::Analyst;
use crate::engine::Stopping;
use crate::plan::{CONTROL_VARIANT, ExperimentPlan};
use crate::record::{CellKey, Estimate, Invocation, StopReason};
use crate::spec::{Experiment, Figure, Judge, Measure};

/// The stopping rule of an experiment. Its intervals are valid at every look, so it may look after every block.
#[derive(Debug)]
pub struct ClaimStopping<'a> {
    experiment: &'a Experiment,
    plan: &'a ExperimentPlan,
}

#[derive(Clone, Copy, PartialEq)]
enum Need {
    More,
    Decided,
    Precise,
}

impl<'a> ClaimStopping<'a> {
    /// The rule for an experiment and its plan.
    pub fn new(experiment: &'a Experiment, plan: &'a ExperimentPlan) -> Self {
        ClaimStopping { experiment, plan }
    }

    fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.experiment
            .claims
            .iter()
            .flat_map(|c| std::iter::once(&c.judge).chain(c.instead.iter().map(|i| &i.judge)))
            .flat_map(Judge::figures)
    }

    fn is_precise(&self, estimate: &Estimate) -> bool {
        let half = (estimate.hi - estimate.lo) / 2.0;
        half.is_finite() && half <= self.plan.precision * estimate.center.abs()
    }

    /// Marks the cell, and the cell against which it stands.
    fn settle(
        &self,
        analyst: &Analyst<'_>,
        needs: &mut BTreeMap<&'a CellKey, Need>,
        of: &Measure,
        versus: Option<&Measure>,
        need: impl Fn(&CellKey, Option<&Estimate>) -> Need,
    ) {
        let cells: Vec<&CellKey> = self.plan.cells.iter().map(|c| &c.key).collect();
        for cell in cells.iter().copied().filter(|c| of.select.matches(c)) {
            let found = need(cell, analyst.measure(cell, of, versus).as_ref());
            let counterpart =
                versus.and_then(|v| v.select.counterpart(cell, cells.iter().copied()));
            for touched in std::iter::once(cell).chain(counterpart) {
                let entry = needs.entry(touched).or_insert(found);
                if found == Need::More {
                    *entry = Need::More;
                } else if *entry == Need::Precise {
                    *entry = found;
                }
            }
        }
    }
}

impl Stopping for ClaimStopping<'_> {
    fn stops(
        &mut self,
        blocks_done: u32,
        invocations: &[Invocation],
    ) -> Vec<(CellKey, StopReason)> {
        if blocks_done < self.plan.min_blocks {
            return Vec::new();
        }
        let analyst = Analyst::new(self.experiment, &self.plan.cells, invocations);
        let mut needs: BTreeMap<&CellKey, Need> = BTreeMap::new();
        for figure in self.figures() {
            self.settle(
                &analyst,
                &mut needs,
                &figure.of,
                figure.versus.as_ref(),
                |cell, estimate| {
                    let Some(estimate) = estimate else {
                        return Need::Decided;
                    };
                    let held = Held::against(&figure.expect, estimate, &analyst);
                    match held.place {
                        Place::Inside => Need::Decided,
                        Place::Outside => match refutation(&analyst, cell, figure) {
                            Refutation::Once { .. } => Need::More,
                            _ => Need::Decided,
                        },
                        // Inside the tolerance, precise, and still not inside the range: more data won't move it there.
                        Place::Near if self.is_precise(estimate) => Need::Decided,
                        // Nor do they make up for layouts.
                        Place::Straddles
                            if held.for_want_of_layouts.is_some() && self.is_precise(estimate) =>
                        {
                            Need::Decided
                        }
                        Place::Near | Place::Straddles => Need::More,
                    }
                },
            );
        }
        for pair in &self.experiment.pairs {
            self.settle(
                &analyst,
                &mut needs,
                &pair.of,
                Some(&pair.versus),
                |_, estimate| {
                    if estimate.is_none_or(|e| self.is_precise(e)) {
                        Need::Precise
                    } else {
                        Need::More
                    }
                },
            );
        }
        let charted = self.experiment.charts.iter().map(|chart| Measure {
            metric: chart.metric.clone(),
            statistic: chart.statistic.clone(),
            select: chart.select.clone(),
        });
        for measure in charted {
            let cells = self
                .plan
                .cells
                .iter()
                .filter(|c| measure.select.matches(&c.key));
            for cell in cells.filter(|c| c.is_adaptive()) {
                let estimate = analyst.estimate(&cell.key, &measure.metric, &measure.statistic);
                let need = if estimate.is_none_or(|e| self.is_precise(&e)) {
                    Need::Precise
                } else {
                    Need::More
                };
                // A chart keeps a cell going that nothing else needs; it does not override a claim's decision.
                let entry = needs.entry(&cell.key).or_insert(need);
                if *entry == Need::Precise {
                    *entry = need;
                }
            }
        }
        let reason_of = |key: &CellKey| match needs.get(key) {
            Some(Need::More) => None,
            Some(Need::Decided) => Some(StopReason::Decided),
            Some(Need::Precise) | None => Some(StopReason::Precise),
        };
        let adaptive = || self.plan.cells.iter().filter(|c| c.is_adaptive());
        let has_twin = |key: &CellKey| self.plan.cells.iter().any(|c| c.key == key.with_copy(1));
        // Controls, the twin and its original go on as long as anything that they vouch for.
        let is_control =
            |key: &CellKey| key.variant == CONTROL_VARIANT || key.copy == 1 || has_twin(key);
        let mut stops: Vec<(CellKey, StopReason)> = adaptive()
            .filter(|cell| !is_control(&cell.key))
            .filter_map(|cell| Some((cell.key.clone(), reason_of(&cell.key)?)))
            .collect();
        let others_done = adaptive().filter(|cell| !is_control(&cell.key)).count() == stops.len();
        let original_done = adaptive()
            .filter(|cell| has_twin(&cell.key))
            .all(|cell| reason_of(&cell.key).is_some());
        if others_done && original_done {
            let controls = adaptive().filter(|cell| is_control(&cell.key)).map(|cell| {
                let reason = reason_of(&cell.key).unwrap_or(StopReason::Decided);
                (cell.key.clone(), reason)
            });
            stops.extend(controls);
        }
        stops
    }
}

//! The two controls of a run's fitness.

use super::{Analyst, Look};
use crate::plan::{CONTROL_VARIANT, control_pair};
use crate::record::{CellKey, Control, ControlKind, Estimate};
use crate::spec::{CONTROL_PAIRS, Statistic};
use crate::stats::Alpha;
use crate::units::Unit;

/// Level of the A/A control. A run has one in each experiment: at 5 % a catalogue of sixty would be unfit every time.
const NULL_ALPHA: Alpha = Alpha::HALF_A_PERCENT;

/// Both controls, as far as the plan had them.
pub fn controls(analyst: &Analyst<'_>) -> Vec<Control> {
    let mut found = Vec::new();
    let adaptive = analyst.cells().find(|cell| {
        cell.copy == 0 && cell.variant != CONTROL_VARIANT && analyst.is_adaptive(cell)
    });
    match (analyst.cells().find(|cell| cell.copy == 1), adaptive) {
        (Some(twin), _) => found.push(null(analyst, twin)),
        (None, Some(cell)) => found.push(Control {
            kind: ControlKind::Null,
            experiment: analyst.experiment.name.clone(),
            cell: cell.clone(),
            ratio: None,
            passed: false,
            says: "no cell was measured twice: nothing shows what this run calls different where nothing is"
                .to_owned(),
        }),
        (None, None) => {}
    }
    // A program that did not build must not pass for a control that nobody wanted.
    let is_missed = adaptive.is_some() && analyst.has_planned(CONTROL_VARIANT);
    if is_missed || analyst.cells().any(|cell| cell.variant == CONTROL_VARIANT) {
        found.push(positive(analyst));
    }
    found
}

/// The ratio of the A/A control's two cells for any statistic that they have, at the control's own level: the spread
/// that this run shows where there is no difference. `None` without a twin, or where it does not have the metric.
pub fn null_ratio(analyst: &Analyst<'_>, metric: &str, statistic: &Statistic) -> Option<Estimate> {
    let twin = analyst.cells().find(|cell| cell.copy == 1)?;
    let cell = twin.with_copy(0);
    analyst.ratio_at(
        (twin, metric, statistic),
        (&cell, metric, statistic),
        Look {
            alpha: NULL_ALPHA,
            ..Look::AT_THE_END
        },
    )
}

fn null(analyst: &Analyst<'_>, twin: &CellKey) -> Control {
    let cell = twin.with_copy(0);
    let (metric, statistic) = primary(analyst, &cell);
    let ratio = null_ratio(analyst, &metric, &statistic);
    let (passed, says) = match &ratio {
        None => (
            false,
            format!("the same cell twice could not be judged: it has no {metric}"),
        ),
        Some(r) if r.n < CONTROL_PAIRS || !(r.lo.is_finite() && r.hi.is_finite()) => (
            false,
            format!(
                "the same cell twice could not be judged: {} pairs are too few",
                r.n
            ),
        ),
        Some(r) if r.lo <= 1.0 && r.hi >= 1.0 => (
            true,
            format!(
                "the same cell twice differs by nothing that can be told: {} of {metric}",
                words(r)
            ),
        ),
        Some(r) => (
            false,
            format!(
                "the same cell twice differs ({} of {metric}): something disturbs this run",
                words(r)
            ),
        ),
    };
    Control {
        kind: ControlKind::Null,
        experiment: analyst.experiment.name.clone(),
        cell,
        ratio,
        passed,
        says,
    }
}

fn positive(analyst: &Analyst<'_>) -> Control {
    let [plain, slowed] = control_pair(&analyst.experiment.name, 0).map(|cell| cell.key);
    let measure = |cell| (cell, "spin", &Statistic::Median);
    let ratio = analyst.ratio_at(measure(&slowed), measure(&plain), Look::AT_THE_END);
    let (passed, says) = match &ratio {
        Some(r) if !(r.lo.is_finite() && r.hi.is_finite()) => (
            false,
            format!(
                "a known slow-down of 10 % could not be judged: {} pairs are too few",
                r.n
            ),
        ),
        Some(r) if r.lo > 1.0 => (
            true,
            format!("a known slow-down of 10 % was found: {}", words(r)),
        ),
        Some(r) => (
            false,
            format!("a known slow-down of 10 % was missed: {}", words(r)),
        ),
        None => (
            false,
            "the known slow-down was not measured: nothing shows that this run would see one"
                .to_owned(),
        ),
    };
    Control {
        kind: ControlKind::Positive,
        experiment: analyst.experiment.name.clone(),
        cell: slowed,
        ratio,
        passed,
        says,
    }
}

fn words(ratio: &Estimate) -> String {
    format!(
        "{:.3}x ({:.3} to {:.3}, {} pairs)",
        ratio.center, ratio.lo, ratio.hi, ratio.n
    )
}

/// What the A/A control compares: the figure of the first claim on the cell that is a time or a size, else of the first
/// pair, else the process's lifetime. Chosen from the definition, before any data.
fn primary(analyst: &Analyst<'_>, cell: &CellKey) -> (String, Statistic) {
    let is_quantity = |metric: &str, statistic: &Statistic| {
        analyst.metric(metric).is_some_and(|m| {
            matches!(statistic.unit(m.unit), Unit::Nanosecond | Unit::Byte) && !m.exact
        })
    };
    let claims = analyst
        .experiment
        .claims
        .iter()
        .flat_map(|claim| claim.judge.figures().iter().map(|f| &f.of));
    let pairs = analyst.experiment.pairs.iter().map(|pair| &pair.of);
    claims
        .chain(pairs)
        .find(|measure| {
            measure.select.matches(cell) && is_quantity(&measure.metric, &measure.statistic)
        })
        .map_or_else(
            || ("os:wall".to_owned(), Statistic::Value),
            |measure| (measure.metric.clone(), measure.statistic.clone()),
        )
}

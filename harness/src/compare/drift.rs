//! Whether the machine changed between two runs: the same control program in both.

use std::collections::BTreeMap;

use super::{Common, DriftCheck, Margin, Ratio, machine};
use crate::analysis::reduce::reduce;
use crate::analysis::{ALPHA, Analyst};
use crate::plan::control_pair;
use crate::record::{CellKey, RunFile};
use crate::spec::Statistic;
use crate::stats::{PerInvocation, Unpaired};

/// Checks every experiment, and voids those for which the machine was another one.
pub(super) fn check(
    experiments: &mut [Common<'_>],
    a: &RunFile,
    b: &RunFile,
    margin: Margin,
) -> Vec<DriftCheck> {
    let checks: Vec<DriftCheck> = experiments
        .iter_mut()
        .map(|experiment| {
            let check = of_experiment(experiment, a, b, margin);
            if check.has_drifted {
                experiment.void = Some(check.says.clone());
            }
            check
        })
        .collect();
    void_the_unchecked(experiments, &checks);
    checks
}

/// Compares the plain cell of the positive control.
fn of_experiment(experiment: &Common<'_>, a: &RunFile, b: &RunFile, margin: Margin) -> DriftCheck {
    let name = &experiment.now.name;
    let [plain, _] = control_pair(name, 0).map(|cell| cell.key);
    let (found, says) = match ratio(experiment, a, b, &plain) {
        Err(why) => {
            let says = format!("whether the machine changed in between is not known: {why}");
            (None, says)
        }
        Ok(ratio) => {
            let says = format!(
                "the same control program takes {} the time in the second run",
                ratio.in_words()
            );
            (Some(ratio), says)
        }
    };
    // The estimate and not its interval: a check that errs on the side of caution.
    let has_drifted = found.is_some_and(|ratio| !margin.contains(ratio.center));
    DriftCheck {
        experiment: name.clone(),
        ratio: found,
        has_drifted,
        says: if has_drifted {
            format!("the machine has changed: {says}")
        } else {
            says
        },
    }
}

fn ratio(
    experiment: &Common<'_>,
    a: &RunFile,
    b: &RunFile,
    plain: &CellKey,
) -> Result<Ratio, &'static str> {
    // The control's metric is in no definition, so that there is no estimate of it.
    let values = |analyst: &Analyst<'_>| {
        let figures = analyst
            .ledger
            .counted(plain)
            .filter_map(|(_, invocation)| reduce(invocation, "spin", &Statistic::Median));
        PerInvocation::new(figures.map(|figure| figure.value).collect())
            .map_err(|_| "a run has no control")
    };
    let (first, second) = (values(&experiment.a)?, values(&experiment.b)?);
    if machine::same_binary(a, b, plain) == Some(false) {
        return Err("the control is another program in each run");
    }
    let unpaired =
        Unpaired::geometric(&first, &second).map_err(|_| "the control has too few invocations")?;
    let found = unpaired.interval(ALPHA);
    Ok(Ratio {
        center: found.center,
        lo: found.lo,
        hi: found.hi,
    })
}

/// An experiment without a control of its own falls with any that drifted: nothing else says how the machine was.
fn void_the_unchecked(experiments: &mut [Common<'_>], checks: &[DriftCheck]) {
    let by_experiment: BTreeMap<&str, &DriftCheck> =
        checks.iter().map(|c| (c.experiment.as_str(), c)).collect();
    let Some(drifted) = checks.iter().find(|check| check.has_drifted) else {
        return;
    };
    for experiment in experiments {
        let is_checked = by_experiment
            .get(experiment.now.name.as_str())
            .is_some_and(|check| check.ratio.is_some());
        if !is_checked && experiment.void.is_none() {
            experiment.void = Some(format!("{} ({})", drifted.says, drifted.experiment));
        }
    }
}

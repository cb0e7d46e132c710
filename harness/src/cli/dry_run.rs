//! `harness run --dry-run`: the plan and its cost.

use std::fmt::Write as _;

use crate::plan::{Blocks, CellKind, Plan};
use crate::units::Unit;

/// The plan in words: cells, blocks, invocations and time at most.
pub fn describe(plan: &Plan, missing: &[String]) -> String {
    let mut text = String::new();
    // Writing to a String can't fail.
    let _ = writeln!(text, "profile {}, seed {}", plan.profile.word(), plan.seed);
    for experiment in &plan.experiments {
        let _ = writeln!(
            text,
            "\n{}: {} cells, {} to {} blocks, {} to {} invocations, {}",
            experiment.name,
            experiment.cells.len(),
            experiment.min_blocks,
            experiment.max_blocks,
            experiment.min_invocations(),
            experiment.max_invocations(),
            experiment.cost(),
        );
        for cell in &experiment.cells {
            let how_often = match cell.blocks {
                Blocks::Adaptive => String::new(),
                Blocks::Fixed(n) => format!("  ({n} blocks)"),
            };
            let what = match &cell.kind {
                CellKind::Program { .. } => "",
                CellKind::LookUp => "  (no program is measured)",
            };
            let _ = writeln!(text, "  {}{how_often}{what}", cell.key);
        }
    }
    let adaptive = plan.experiments.iter().filter(|e| e.is_adaptive());
    let budget: u64 = adaptive.map(|e| e.budget_ns).sum();
    let fixed: u64 = plan.experiments.iter().map(|e| e.fixed_invocations()).sum();
    let on_top = match fixed {
        0 => String::new(),
        n => format!(", and {n} invocations whose number is fixed on top"),
    };
    let _ = writeln!(
        text,
        "\nmeasuring takes at most {}{on_top}",
        Unit::Nanosecond.show(budget as f64)
    );
    for line in missing {
        let _ = writeln!(text, "missing: {line}");
    }
    text
}

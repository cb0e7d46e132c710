//! Where a program's functions lie in memory moves its times, and one order of them is a sample of one.

use std::collections::BTreeSet;

use super::Analyst;
use crate::record::{CellKey, Estimate, Warning};
use crate::spec::Statistic;
use crate::units::Unit;

/// Layouts of a program from which on their spread is taken to be part of its intervals (Curtsinger & Berger,
/// "Stabilizer", ASPLOS 2013: the order of functions alone moves programs by more than common optimisations do).
const LAYOUTS: usize = 3;

impl Analyst<'_> {
    /// Says so where an estimate hangs on the layout of programs that ran in too few: for times, rates and ratios of those of
    /// two programs. A size, a count or a share is the same wherever a function lies, and so is what one program does in
    /// two settings.
    pub fn few_layouts(&self, estimate: &Estimate) -> Option<Warning> {
        let statistic = Statistic::parse(&estimate.statistic).ok()?;
        let unit = statistic.unit(self.metric(&estimate.metric)?.unit);
        if !matches!(unit, Unit::Nanosecond | Unit::PerSecond) {
            return None;
        }
        let cell = &estimate.cell;
        match &estimate.versus {
            Some(other)
                if (&cell.variant, &cell.toolchain) == (&other.variant, &other.toolchain) =>
            {
                None
            }
            Some(other) => self.fewest_layouts(cell, other),
            None => self.fewest_layouts(cell, cell),
        }
    }

    /// Says so where either of two cells ran in too few layouts.
    pub(super) fn fewest_layouts(&self, cell: &CellKey, other: &CellKey) -> Option<Warning> {
        let have = self.layouts(cell).min(self.layouts(other));
        (have < LAYOUTS).then_some(Warning::FewLayouts {
            have,
            need: LAYOUTS,
        })
    }

    /// In how many layouts a cell's program ran.
    fn layouts(&self, cell: &CellKey) -> usize {
        let layouts: BTreeSet<u32> = self.ledger.counted(cell).map(|(_, i)| i.layout).collect();
        layouts.len()
    }
}

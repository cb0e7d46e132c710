//! Which invocations count.

use std::collections::BTreeMap;

use crate::record::{CellKey, Invocation};

/// Invocations by cell and block.
#[derive(Debug, Default)]
pub struct Ledger<'a> {
    cells: BTreeMap<&'a CellKey, Entry<'a>>,
}

#[derive(Debug, Default)]
struct Entry<'a> {
    counted: BTreeMap<u32, &'a Invocation>,
    failed: usize,
}

impl<'a> Ledger<'a> {
    /// Sorts the invocations of a journal. Of several attempts at a cell in a block the first undisturbed one counts, or
    /// the last where all were disturbed; failed ones never do. The rule does not look at any measured figure.
    pub fn new(invocations: &'a [Invocation]) -> Ledger<'a> {
        let mut ledger = Ledger::default();
        for invocation in invocations {
            let entry = ledger.cells.entry(&invocation.cell).or_default();
            if !invocation.is_usable() {
                entry.failed += 1;
                continue;
            }
            let counted = entry.counted.entry(invocation.block).or_insert(invocation);
            if counted.disturbed.is_some() {
                *counted = invocation;
            }
        }
        ledger
    }

    /// Every cell that was tried.
    pub fn cells(&self) -> impl Iterator<Item = &'a CellKey> {
        self.cells.keys().copied()
    }

    /// The invocations that count, by block.
    pub fn counted(&self, cell: &CellKey) -> impl Iterator<Item = (u32, &'a Invocation)> {
        self.cells.get(cell).into_iter().flat_map(|entry| {
            entry
                .counted
                .iter()
                .map(|(block, invocation)| (*block, *invocation))
        })
    }

    /// How many invocations of a cell failed.
    pub fn failed(&self, cell: &CellKey) -> usize {
        self.cells.get(cell).map_or(0, |entry| entry.failed)
    }
}

//! Results of the work, which must be equal on both sides of a pair.

use super::Analyst;
use crate::record::{CellKey, Invocation, Record};

/// Two cells that did not do the same work in some block.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The block.
    pub block: u32,
    /// One cell and what it printed.
    pub one: (CellKey, String),
    /// The other cell and what it printed.
    pub other: (CellKey, String),
}

/// Mismatches between cells of the same case whose shared parameters are equal. One a pair of cells.
pub fn mismatches(analyst: &Analyst<'_>) -> Vec<Mismatch> {
    let cells: Vec<&CellKey> = analyst.cells().collect();
    let mut found = Vec::new();
    for (i, one) in cells.iter().enumerate() {
        for other in cells.iter().skip(i + 1).filter(|other| is_pair(one, other)) {
            let mismatch = analyst.ledger.counted(one).find_map(|(block, invocation)| {
                let (_, counterpart) = analyst
                    .ledger
                    .counted(other)
                    .find(|(other_block, _)| *other_block == block)?;
                let (a, b) = (check(invocation)?, check(counterpart)?);
                (a != b).then(|| Mismatch {
                    block,
                    one: ((*one).clone(), a.to_owned()),
                    other: ((*other).clone(), b.to_owned()),
                })
            });
            found.extend(mismatch);
        }
    }
    found
}

fn is_pair(one: &CellKey, other: &CellKey) -> bool {
    one.case == other.case
        && one
            .params
            .iter()
            .all(|(name, value)| other.params.get(name).is_none_or(|v| v == value))
}

fn check(invocation: &Invocation) -> Option<&str> {
    invocation.records.iter().find_map(|record| match record {
        Record::Check { value } => Some(value.as_str()),
        _ => None,
    })
}

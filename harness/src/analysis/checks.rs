//! Results of the work, which must be equal on both sides of a pair.

use super::Analyst;
use crate::record::{CellKey, Invocation, Record};
use crate::spec::Experiment;

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

/// Mismatches between cells that must come to the same result. One a pair of cells.
pub fn mismatches(analyst: &Analyst<'_>) -> Vec<Mismatch> {
    let cells: Vec<&CellKey> = analyst.cells().collect();
    let mut found = Vec::new();
    for (i, one) in cells.iter().enumerate() {
        for other in cells
            .iter()
            .skip(i + 1)
            .filter(|other| is_pair(analyst.experiment, one, other))
        {
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

/// Whether two cells must come to the same result: the same case with the same flags. What one language takes from its
/// environment (GOGC) is no part of the work; a flag that only one of them is given may change it.
fn is_pair(experiment: &Experiment, one: &CellKey, other: &CellKey) -> bool {
    fn flags<'a>(
        experiment: &'a Experiment,
        cell: &'a CellKey,
    ) -> impl Iterator<Item = (&'a String, &'a String)> {
        let is_flag = |name: &str| experiment.params.get(name).is_none_or(|p| p.env.is_none());
        cell.params.iter().filter(move |(name, _)| is_flag(name))
    }
    one.case == other.case && flags(experiment, one).eq(flags(experiment, other))
}

fn check(invocation: &Invocation) -> Option<&str> {
    invocation.records.iter().find_map(|record| match record {
        Record::Check { value } => Some(value.as_str()),
        _ => None,
    })
}

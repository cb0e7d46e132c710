//! Everything random: a pure function of the run's seed and of names.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use crate::record::{CellKey, InvocationId};

/// Longest environment padding in bytes, exclusive: one page, beyond which alignments repeat.
pub const MAX_ENV_PAD: u32 = 4096;

/// A hash over texts that are kept apart, as 64 bits.
fn derive(parts: &[&str]) -> u64 {
    let digest = digest(parts);
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

/// The order of `cells` cells in a block: a permutation of `0..cells`.
pub fn block_order(seed: u64, experiment: &str, block: u32, cells: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(derive(&[
        "order",
        &seed.to_string(),
        experiment,
        &block.to_string(),
    ]));
    let mut order: Vec<usize> = (0..cells).collect();
    order.shuffle(&mut rng);
    order
}

/// The seed that every program of a block gets: the same for all of them, so that the results of a pair can be compared.
pub fn program_seed(seed: u64, experiment: &str, block: u32) -> u64 {
    derive(&["program", &seed.to_string(), experiment, &block.to_string()])
}

/// Names an invocation; stable over resumes.
pub fn invocation_id(seed: u64, cell: &CellKey, block: u32, attempt: u32) -> InvocationId {
    let digest = digest(&[
        "invocation",
        &seed.to_string(),
        &cell.experiment,
        &cell.to_string(),
        &block.to_string(),
        &attempt.to_string(),
    ]);
    InvocationId(
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    )
}

/// Length of the environment padding of an invocation in bytes (Mytkowicz et al., ASPLOS 2009: the size of the
/// environment moves the stack and can change results).
pub fn env_pad(id: &InvocationId) -> u32 {
    (derive(&["pad", &id.0]) % u64::from(MAX_ENV_PAD)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_every_cell_once_in_an_order_that_the_seed_fixes() {
        let order = block_order(7, "gc-pauses", 3, 20);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..20).collect::<Vec<_>>());
        assert_eq!(order, block_order(7, "gc-pauses", 3, 20));
        assert_ne!(order, block_order(8, "gc-pauses", 3, 20));
        assert_ne!(order, block_order(7, "gc-pauses", 4, 20));
    }

    #[test]
    fn every_position_is_taken_by_every_cell_about_equally_often() {
        let (cells, blocks) = (4usize, 4000u32);
        let mut first = vec![0u32; cells];
        for block in 0..blocks {
            first[block_order(1, "e", block, cells)[0]] += 1;
        }
        for count in first {
            assert!((900..1100).contains(&count), "{count} of {blocks}");
        }
    }
}

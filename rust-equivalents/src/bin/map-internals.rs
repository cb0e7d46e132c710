//! What `go-programs/map-internals` finds out about Go's maps, asked of `std::collections::HashMap`.

use std::alloc::System;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::process::ExitCode;

use cap::Cap;
use rust_equivalents::{Probe, Program};

/// Counts what a table allocates.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const ROUNDS: usize = 2000;
const FEW_ROUNDS: usize = 20;

fn main() -> ExitCode {
    let mut program = Program::new("map-internals");
    program.case("layout", "what an entry takes up in a table", layout);
    program.case(
        "iteration",
        "maps that don't change are gone through again and again",
        iteration,
    );
    program.run()
}

/// Two tables differ by their slots alone, each of which has a key, a value and a control byte.
fn layout(p: &mut Probe) {
    let (small, small_bytes) = table(14);
    let (large, large_bytes) = table(28);
    let slots = slots(large.capacity()) - slots(small.capacity());
    p.outcome(
        "bytes-of-8-entries",
        ((large_bytes - small_bytes) * 8 / slots) as i64,
    );
    let (one, _) = table(1);
    p.outcome(
        "empty-map-allocates",
        HashMap::<i64, i8>::new().capacity() != 0,
    );
    p.outcome("room-of-the-smallest-table", one.capacity() as i64);
}

/// A table with room for `entries`, and its bytes.
fn table(entries: usize) -> (HashMap<i64, i8>, usize) {
    let before = ALLOCATOR.allocated();
    let map = HashMap::with_capacity(entries);
    (map, ALLOCATOR.allocated() - before)
}

/// Slots of a table with that much room: seven of eight may be used.
fn slots(capacity: usize) -> usize {
    capacity / 7 * 8
}

fn iteration(p: &mut Probe) {
    let map: HashMap<i32, i32> = (0..8).map(|i| (i, i)).collect();
    p.outcome(
        "order-changes-with-8-keys",
        orders((0..ROUNDS).map(|_| map.keys().copied())) > 1,
    );
    p.outcome(
        "order-differs-between-maps",
        orders((0..FEW_ROUNDS).map(|_| {
            let map: HashMap<i32, i32> = (0..1000).map(|i| (i, i)).collect();
            map.into_keys()
        })) > 1,
    );
    let sorted: BTreeMap<i32, i32> = (0..8).rev().map(|i| (i, i)).collect();
    p.outcome("btreemap-is-sorted", sorted.keys().copied().eq(0..8));
}

/// How many different orders come up.
fn orders<I: Iterator<Item = i32>>(rounds: impl Iterator<Item = I>) -> usize {
    rounds
        .map(Iterator::collect::<Vec<i32>>)
        .collect::<HashSet<_>>()
        .len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_different_orders() {
        assert_eq!(
            orders(
                [vec![1, 2], vec![2, 1], vec![1, 2]]
                    .into_iter()
                    .map(Vec::into_iter)
            ),
            2
        );
    }

    #[test]
    fn knows_the_slots_of_a_table() {
        assert_eq!(slots(14), 16);
        assert_eq!(slots(28), 32);
    }
}

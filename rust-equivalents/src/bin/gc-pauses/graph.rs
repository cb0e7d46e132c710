//! The live heap and the allocations beside it, in two ways: a box for each object, and arenas.

use std::hint::black_box;

use bumpalo::Bump;
use rust_equivalents::Rand;
use slab::Slab;

use crate::MIB;

const NODE_BYTES: usize = 64;
/// The length of every chain.
const CHAIN_NODES: usize = 16;
const REPLACED_CHAINS: usize = 2;
const LIST_NODES: usize = 96;
const BUFFERS: usize = 2;
const BUFFER_BYTES: usize = 4096;

/// What a step allocates: two chains that take the place of live ones, and for a short time a list
/// and two buffers.
pub(crate) const STEP_BYTES: usize =
    (REPLACED_CHAINS * CHAIN_NODES + LIST_NODES) * NODE_BYTES + BUFFERS * BUFFER_BYTES;

/// A chained hash table of 64-byte nodes, as a cache would be.
pub(crate) trait Graph {
    /// Builds `live_mib` MiB of nodes, the chains in random order.
    fn new(live_mib: usize, rng: &mut Rand) -> Self;
    /// One unit of work: allocates [`STEP_BYTES`] and returns a sum that depends on all of it.
    fn step(&mut self, rng: &mut Rand) -> u64;
}

/// The order in which the buckets get their chains.
fn buckets(live_mib: usize, rng: &mut Rand) -> Vec<usize> {
    let mut order: Vec<usize> = (0..live_mib * MIB / (CHAIN_NODES * NODE_BYTES)).collect();
    rng.shuffle(&mut order);
    order
}

/// Each object is allocated and freed on its own.
pub(crate) struct Heap {
    heads: Vec<List>,
}

/// A singly linked list that frees its nodes in a loop: the drop that the compiler would write
/// recurses.
#[derive(Default)]
struct List(Option<Box<Node>>);

struct Node {
    next: List,
    key: u64,
    // Brings the node to 64 bytes.
    _rest: [u64; 6],
}

impl List {
    fn of_length(length: usize, rng: &mut Rand) -> Self {
        (0..length).fold(List::default(), |next, _| {
            List(Some(Box::new(Node {
                next,
                key: rng.next_u64(),
                _rest: [0; 6],
            })))
        })
    }

    fn keys(&self) -> impl Iterator<Item = u64> {
        let mut at = self.0.as_deref();
        std::iter::from_fn(move || {
            let node = at?;
            at = node.next.0.as_deref();
            Some(node.key)
        })
    }
}

impl Drop for List {
    fn drop(&mut self) {
        let mut at = self.0.take();
        while let Some(mut node) = at {
            at = node.next.0.take();
        }
    }
}

impl Graph for Heap {
    fn new(live_mib: usize, rng: &mut Rand) -> Self {
        let order = buckets(live_mib, rng);
        let mut heads: Vec<List> = order.iter().map(|_| List::default()).collect();
        for bucket in order {
            heads[bucket] = List::of_length(CHAIN_NODES, rng);
        }
        Heap { heads }
    }

    fn step(&mut self, rng: &mut Rand) -> u64 {
        let mut sum = 0_u64;
        for _ in 0..REPLACED_CHAINS {
            let chain = rng.below(self.heads.len() as u64) as usize;
            sum = sum.wrapping_add(self.heads[chain].keys().next().unwrap_or(0));
            self.heads[chain] = List::of_length(CHAIN_NODES, rng);
        }
        let list = black_box(List::of_length(LIST_NODES, rng));
        sum = list.keys().fold(sum, u64::wrapping_add);
        for _ in 0..BUFFERS {
            let mut buffer = black_box(vec![0; BUFFER_BYTES]);
            sum = sum.wrapping_add(fill(&mut buffer, rng.next_u64()));
        }
        sum
    }
}

/// Live nodes in a slab, linked by index; what lives for a step in a bump arena that is reset after
/// it. Nothing is freed on its own, and the live heap has no pointers.
pub(crate) struct Arenas {
    heads: Vec<u32>,
    nodes: Slab<Indexed>,
    step: Bump,
}

/// The end of a chain of [`Indexed`].
const END: u32 = u32::MAX;

struct Indexed {
    next: u32,
    key: u64,
    // With the slab's own tag an entry has 64 bytes.
    _rest: [u64; 5],
}

struct Short<'a> {
    next: Option<&'a Short<'a>>,
    key: u64,
    _rest: [u64; 6],
}

impl Arenas {
    fn chain(&mut self, rng: &mut Rand) -> u32 {
        (0..CHAIN_NODES).fold(END, |next, _| {
            // Fewer than 2^32 nodes: 256 GiB of them.
            self.nodes.insert(Indexed {
                next,
                key: rng.next_u64(),
                _rest: [0; 5],
            }) as u32
        })
    }
}

impl Graph for Arenas {
    fn new(live_mib: usize, rng: &mut Rand) -> Self {
        let order = buckets(live_mib, rng);
        let mut graph = Arenas {
            heads: vec![END; order.len()],
            // One chain more, since a chain is built before the one that it replaces is removed.
            nodes: Slab::with_capacity((order.len() + 1) * CHAIN_NODES),
            step: Bump::with_capacity(2 * STEP_BYTES),
        };
        for bucket in order {
            graph.heads[bucket] = graph.chain(rng);
        }
        graph
    }

    fn step(&mut self, rng: &mut Rand) -> u64 {
        let mut sum = 0_u64;
        for _ in 0..REPLACED_CHAINS {
            let chain = rng.below(self.heads.len() as u64) as usize;
            let mut old = self.heads[chain];
            sum = sum.wrapping_add(self.nodes.get(old as usize).map_or(0, |node| node.key));
            self.heads[chain] = self.chain(rng);
            while let Some(node) = self.nodes.try_remove(old as usize) {
                old = node.next;
            }
        }
        let list = (0..LIST_NODES).fold(None, |next, _| {
            Some(&*self.step.alloc(Short {
                next,
                key: rng.next_u64(),
                _rest: [0; 6],
            }))
        });
        sum = std::iter::successors(black_box(list), |node| node.next)
            .fold(sum, |sum, node| sum.wrapping_add(node.key));
        for _ in 0..BUFFERS {
            let buffer = black_box(self.step.alloc_slice_fill_copy(BUFFER_BYTES, 0));
            sum = sum.wrapping_add(fill(buffer, rng.next_u64()));
        }
        self.step.reset();
        sum
    }
}

/// Writes to every cache line of `buffer` and returns the sum of its bytes there.
fn fill(buffer: &mut [u8], value: u64) -> u64 {
    for (line, i) in (0..buffer.len()).step_by(NODE_BYTES).enumerate() {
        buffer[i] = (value >> (line % 56)) as u8;
    }
    buffer
        .iter()
        .step_by(NODE_BYTES)
        .map(|&byte| u64::from(byte))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_do_the_same_work() {
        fn sums<G: Graph>() -> Vec<u64> {
            let mut rng = Rand::new(5);
            let mut graph = G::new(1, &mut rng);
            (0..3000).map(|_| graph.step(&mut rng)).collect()
        }
        assert_eq!(sums::<Heap>(), sums::<Arenas>());
    }

    #[test]
    fn nodes_have_the_size_that_they_claim() {
        assert_eq!(size_of::<Node>(), NODE_BYTES);
        assert_eq!(size_of::<Short<'_>>(), NODE_BYTES);
        assert_eq!(size_of::<Indexed>() + size_of::<u64>(), NODE_BYTES);
    }

    #[test]
    fn the_slab_does_not_grow() {
        let mut rng = Rand::new(5);
        let mut graph = Arenas::new(1, &mut rng);
        let capacity = graph.nodes.capacity();
        for _ in 0..3000 {
            graph.step(&mut rng);
        }
        assert_eq!(graph.nodes.capacity(), capacity);
    }
}

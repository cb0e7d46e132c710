use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;

use rust_equivalents::Probe;

const LOOKUP_ROUNDS: u64 = 8;
const FILL_ROUNDS: u64 = 4;
const WARMUP: usize = 2;
const BATCHES: usize = 16;
const LIMIT_KEYS: u64 = 1000;

/// A hasher for which all keys are one.
#[derive(Default)]
struct Constant;

impl Hasher for Constant {
    fn write(&mut self, _bytes: &[u8]) {}

    fn finish(&self) -> u64 {
        0
    }
}

type Colliding = HashMap<u64, u64, BuildHasherDefault<Constant>>;

fn filled(n: u64) -> Colliding {
    let mut map = Colliding::default();
    for i in 0..n {
        map.insert(black_box(i), i);
    }
    map
}

/// Times a map whose keys have one hash.
pub(crate) fn collide(p: &mut Probe, n: u64) {
    p.batches("collide-insert", FILL_ROUNDS * n, WARMUP, BATCHES, |_| {
        for _ in 0..FILL_ROUNDS {
            black_box(filled(n));
        }
    });
    let map = filled(n);
    let mut sum = 0_u64;
    p.batches("collide-lookup", LOOKUP_ROUNDS * n, WARMUP, BATCHES, |_| {
        for _ in 0..LOOKUP_ROUNDS {
            for i in 0..n {
                sum = sum.wrapping_add(map[&black_box(i)]);
            }
        }
    });
    p.check(sum);
}

/// Inserts a thousand keys of one hash.
pub(crate) fn limit(p: &mut Probe) {
    let complete = black_box(filled(LIMIT_KEYS)).len() as u64 == LIMIT_KEYS;
    p.outcome(
        "thousand-equal-hashes",
        if complete { "finished" } else { "lost keys" },
    );
}

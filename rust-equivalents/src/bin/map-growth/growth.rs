use std::collections::HashMap;

use rust_equivalents::{Probe, Unit};

use crate::{ALLOCATOR, digest};

const SMALL_SIZES: std::ops::Range<u64> = 100..1000;
const LARGE_SIZES: std::ops::Range<u64> = 100_000..220_000;
const ENTRY_BYTES: u64 = 16;

/// Fills a map and sees when it grows: when its capacity changes.
pub(crate) fn growth(p: &mut Probe) {
    let mut rng = p.rand();
    let mut map = HashMap::new();
    let mut grown_at = Vec::new();
    let mut largest = 0.0_f64;
    let before = ALLOCATOR.allocated();
    for size in 0..LARGE_SIZES.end {
        let capacity = map.capacity();
        map.insert(rng.next_u64(), size);
        if map.capacity() == capacity {
            continue;
        }
        if SMALL_SIZES.contains(&size) {
            grown_at.push(size);
        } else if LARGE_SIZES.contains(&size) {
            // The old table is free again: what is left was allocated by this insert.
            let table = ALLOCATOR.allocated() - before;
            largest = largest.max(table as f64 / (size * ENTRY_BYTES) as f64);
        }
    }
    match grown_at.last() {
        Some(&size) => {
            let load = load_at_growth(size);
            p.value("load-at-growth", Unit::One, load);
            p.outcome("load-at-growth", load.to_string());
        }
        None => p.absent("load-at-growth", Unit::One, "no growth was seen"),
    }
    p.value("growth-step", Unit::One, largest);
    p.outcome("small-map-doubles", doubles(&grown_at));
    p.outcome("large-map-doubles-at-once", largest >= 2.0);
    p.check(digest(&map, p.seed(), LARGE_SIZES.end));
}

/// How many of 8 slots are full when the map grows. The number of slots is a power of two, and more
/// than half of them are full, so the size alone tells.
fn load_at_growth(size: u64) -> f64 {
    let mut load = size as f64;
    while load > 8.0 {
        load /= 2.0;
    }
    load
}

/// Whether each growth came at twice the size of the one before.
fn doubles(grown_at: &[u64]) -> bool {
    grown_at.len() > 1 && grown_at.windows(2).all(|pair| pair[1] == 2 * pair[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_comes_from_the_size_at_growth() {
        for (size, load) in [(832, 6.5), (896, 7.0), (112, 7.0), (1024, 8.0)] {
            assert_eq!(load_at_growth(size), load);
        }
    }

    #[test]
    fn doubling_needs_twice_the_size_each_time() {
        assert!(doubles(&[112, 224, 448]));
        assert!(!doubles(&[112, 200]));
        assert!(!doubles(&[112]));
    }
}

use std::collections::HashMap;
use std::time::Instant;

use rust_equivalents::{Probe, Unit, nanos};

const KEYS: usize = 2000;
const FROM: usize = 256;
const FILLS: usize = 3;
const LONG_KEY: usize = 256 << 10;

/// Finds what share of its entries a map moves in one insert at most. An entry that moves is hashed once more, and the
/// keys are so long that next to nothing takes time but hashing them. The best of several fills counts, for each size:
/// what the machine does comes at other sizes each time.
pub(crate) fn moves(p: &mut Probe) {
    let mut rng = p.rand();
    let letters: Vec<u8> = (0..LONG_KEY + KEYS).map(|_| rng.next_u64() as u8).collect();
    let mut best = vec![u64::MAX; KEYS];
    let mut entries = 0;
    for _ in 0..FILLS {
        let mut map = HashMap::new();
        for (size, best) in best.iter_mut().enumerate() {
            let start = Instant::now();
            map.insert(&letters[size..size + LONG_KEY], size);
            *best = nanos(start.elapsed()).min(*best);
        }
        entries = map.len();
    }
    p.value("moved-at-once", Unit::One, moved_at_once(&best, FROM));
    p.check(entries);
}

/// Tells from the time of each insert how much of the map the dearest one moved. Most inserts move nothing, so the one in
/// the middle is the time of a hash.
fn moved_at_once(times: &[u64], from: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let hash = sorted[sorted.len() / 2] as f64;
    let shares = times.iter().enumerate().skip(from);
    shares
        .map(|(size, &took)| (took as f64 / hash - 1.0) / size as f64)
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_insert_counts_in_hashes() {
        let mut times = vec![10; 100];
        (times[5], times[50]) = (1000, 260);
        assert_eq!(moved_at_once(&times, 10), 0.5);
    }
}

//! The scenes of `go-programs/map-concurrency` as Rust allows them: readers that share a map, and writers behind a lock.
//! What it does not allow is in `testdata/map-concurrency`.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::RwLock;
use std::thread;

use rust_equivalents::{Probe, Program};

const KEYS: i64 = 1000;
const READERS: usize = 4;
const SWEEPS: usize = 300;

fn main() -> ExitCode {
    let mut program = Program::new("map-concurrency");
    program.case(
        "reads",
        "several threads read and iterate, nobody writes",
        reads,
    );
    program.case(
        "collisions",
        "readers and writers meet at a lock",
        collisions,
    );
    program.run()
}

fn filled() -> HashMap<i64, i64> {
    (0..KEYS).map(|i| (i, i)).collect()
}

fn reads(p: &mut Probe) {
    let map = filled();
    let sweep = || {
        (0..SWEEPS)
            .filter(|_| map.keys().map(|key| map[key]).sum::<i64>() != KEYS * (KEYS - 1) / 2)
            .count()
    };
    let wrong: usize = thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(sweep)).collect();
        // A reader that panicked counts as one wrong sum.
        readers.into_iter().map(|r| r.join().unwrap_or(1)).sum()
    });
    p.outcome("wrong-sums", wrong as i64);
}

/// Two threads add to all values and two read them.
fn collisions(p: &mut Probe) {
    let map = RwLock::new(filled());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..SWEEPS {
                    if let Ok(mut map) = map.write() {
                        map.values_mut().for_each(|value| *value += 1);
                    }
                }
            });
            scope.spawn(|| {
                for _ in 0..SWEEPS {
                    if let Ok(map) = map.read() {
                        std::hint::black_box(map.values().sum::<i64>());
                    }
                }
            });
        }
    });
    let sum = map.read().map_or(0, |map| map.values().sum::<i64>());
    let all = KEYS * (KEYS - 1) / 2 + KEYS * 2 * SWEEPS as i64;
    p.outcome("increments-lost-behind-a-lock", all - sum);
}

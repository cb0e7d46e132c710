//! Small pieces of everyday work, whose freedom from data races the compiler has checked.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use rust_equivalents::{Probe, Program};

/// Batches of every case: the first ones warm up.
const WARMUP: usize = 2;
/// Batches that count.
const SAMPLES: usize = 15;

fn main() -> ExitCode {
    let mut program = Program::new("race-overhead");
    let live_mib = program.param("live-mib", 32_u64, "live heap in MiB");
    program.case("arrays", "running sums over a slice", arrays);
    program.case("sort", "sort random numbers", sorting);
    program.case("maps", "count random keys in a map", maps);
    program.case("objects", "build and walk a binary tree", objects);
    program.case(
        "messages",
        "send numbers to another thread, over a channel and under a mutex",
        messages,
    );
    program.case("heap", "keep objects alive", move |p| heap(p, live_mib));
    program.run()
}

fn arrays(p: &mut Probe) {
    const ROUNDS: u64 = 100;
    let mut a: Vec<u64> = (0..4096).collect();
    p.batches("work", ROUNDS * 4096, WARMUP, SAMPLES, |_| {
        for _ in 0..ROUNDS {
            for i in 1..a.len() {
                a[i] = a[i].wrapping_add(a[i - 1]);
            }
        }
    });
    p.check(a[a.len() - 1]);
}

fn sorting(p: &mut Probe) {
    const N: usize = 5000;
    let mut rng = p.rand();
    let input: Vec<u64> = (0..N).map(|_| rng.next_u64()).collect();
    let mut work = input.clone();
    p.batches("work", N as u64, WARMUP, SAMPLES, |_| {
        work.copy_from_slice(&input);
        work.sort_unstable();
    });
    p.check(work[0].wrapping_add(work[N / 2]));
}

fn maps(p: &mut Probe) {
    const N: u64 = 10_000;
    let mut rng = p.rand();
    let keys: Vec<u64> = (0..N).map(|_| rng.next_u64() % 4000).collect();
    let mut counts: HashMap<u64, u64> = HashMap::new();
    p.batches("work", N, WARMUP, SAMPLES, |_| {
        for key in &keys {
            *counts.entry(*key).or_default() += 1;
        }
    });
    p.check(format!("{} of {}", counts[&keys[0]], counts.len()));
}

struct Node {
    children: Option<(Box<Node>, Box<Node>)>,
    value: u64,
}

fn tree(depth: u64) -> Box<Node> {
    let children = (depth > 1).then(|| (tree(depth - 1), tree(depth - 1)));
    Box::new(Node {
        children,
        value: depth,
    })
}

impl Node {
    fn sum(&self) -> u64 {
        let below = |(left, right): &(Box<Node>, Box<Node>)| left.sum() + right.sum();
        self.value + self.children.as_ref().map_or(0, below)
    }
}

fn objects(p: &mut Probe) {
    const DEPTH: u64 = 13;
    let mut sum = 0;
    p.batches("work", (1 << DEPTH) - 1, WARMUP, SAMPLES, |_| {
        sum += tree(DEPTH).sum();
    });
    p.check(sum);
}

fn messages(p: &mut Probe) {
    const N: u64 = 5000;
    let sum = Mutex::new(0);
    p.batches("work", N, WARMUP, SAMPLES, |_| {
        let (to, from) = mpsc::sync_channel(16);
        thread::scope(|scope| {
            scope.spawn(move || {
                for i in 0..N {
                    // The receiver takes all of them.
                    let _ = to.send(i);
                }
            });
            for i in from {
                *sum.lock().unwrap_or_else(PoisonError::into_inner) += i;
            }
        });
    });
    p.check(sum.into_inner().unwrap_or_default());
}

/// An object of 64 bytes.
struct Record {
    next: Option<Box<Record>>,
    fields: [u64; 7],
}

fn heap(p: &mut Probe, mib: u64) {
    let mut first: Option<Box<Record>> = None;
    for i in 0..(mib << 20) / 64 {
        first = Some(Box::new(Record {
            next: first.take(),
            fields: [i, 1, 2, 3, 4, 5, 6],
        }));
    }
    let mut sum = 0;
    let mut at = first.as_deref();
    while let Some(record) = at {
        sum += record.fields[0];
        at = record.next.as_deref();
    }
    p.check(sum);
    // Freed one by one, or the chain would be dropped by recursion.
    while let Some(mut record) = first {
        first = record.next.take();
    }
}

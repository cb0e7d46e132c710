//! What the same values cost the heap in Rust, where the programmer chooses the place: a value is where its owner is,
//! and `Box`, `Vec` and the like are the heap.

use std::alloc::System;
use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use cap::Cap;
use rust_equivalents::{Probe, Program, run_child};

/// Counts what is allocated.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// How long a child may take: far longer than it needs.
const LIMIT: Duration = Duration::from_secs(20);

#[derive(Clone, Copy)]
struct Point {
    x: i64,
    y: i64,
}

trait Total {
    fn total(&self) -> i64;
}

impl Total for Point {
    fn total(&self) -> i64 {
        self.x + self.y
    }
}

impl Total for i64 {
    fn total(&self) -> i64 {
        *self
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("escape-analysis");
    program.case(
        "allocations",
        "heap bytes that each value owns",
        allocations,
    );
    program.case(
        "large-array",
        "an array larger than the stack of a thread, in a child",
        large_array,
    );
    program.case(
        "large-array-child",
        "overflows the stack of a thread",
        |_| {
            overflow();
        },
    );
    program.run()
}

/// Heap bytes that exist while what `make` returns is alive.
#[inline(never)]
fn heap_bytes<T>(make: impl FnOnce() -> T) -> i64 {
    let before = ALLOCATOR.allocated();
    let value = black_box(make());
    let after = ALLOCATOR.allocated();
    drop(value);
    after as i64 - before as i64
}

fn allocations(p: &mut Probe) {
    let n = black_box(64_usize);
    let number = black_box(1000_i64);
    p.outcome("local-struct-bytes", heap_bytes(|| Point { x: 1, y: 2 }));
    p.outcome("array-32-bytes", heap_bytes(|| [0_u8; 32]));
    p.outcome(
        "boxed-struct-bytes",
        heap_bytes(|| Box::new(Point { x: 1, y: 2 })),
    );
    p.outcome(
        "dyn-reference-bytes",
        heap_bytes(|| {
            let object: &dyn Total = &number;
            black_box(object).total()
        }),
    );
    p.outcome(
        "boxed-dyn-bytes",
        heap_bytes(|| -> Box<dyn Total> { Box::new(number) }),
    );
    p.outcome(
        "closure-bytes",
        heap_bytes(|| {
            let mut captured = number;
            move || {
                captured += 1;
                captured
            }
        }),
    );
    p.outcome(
        "boxed-closure-bytes",
        heap_bytes(|| -> Box<dyn FnMut() -> i64> {
            let mut captured = number;
            Box::new(move || {
                captured += 1;
                captured
            })
        }),
    );
    p.outcome("empty-vec-bytes", heap_bytes(Vec::<i64>::new));
    p.outcome(
        "vec-of-64-bytes",
        heap_bytes(|| Vec::<i64>::with_capacity(n)),
    );
    p.outcome("empty-map-bytes", heap_bytes(HashMap::<i64, i64>::new));
    let map = heap_bytes(|| HashMap::from([(1_i64, 2_i64), (3, 4)]));
    p.outcome("map-of-2-allocates", map > 0);
}

fn large_array(p: &mut Probe) {
    match run_child(LIMIT, &[], &["--case=large-array-child"]) {
        Ok(child) => p.outcome("large-array", child.fate()),
        Err(error) => p.outcome("large-array", error.to_string()),
    }
}

/// Puts 11 MiB on a stack of 2 MiB.
fn overflow() {
    let thread = thread::spawn(|| {
        let mut array = [0_u8; 11 << 20];
        let last = array.len() - 1;
        black_box(&mut array)[last] = 7;
        black_box(&array)[0]
    });
    // The process ends before.
    let _ = thread.join();
}

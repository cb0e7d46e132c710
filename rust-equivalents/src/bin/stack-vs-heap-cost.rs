//! What a value costs that lives on the stack, is returned as a copy, or is boxed.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rust_equivalents::{Probe, Program, Unit, calibrate, nanos};

const WARMUP: usize = 3;
const SAMPLES: usize = 15;
const BATCH: Duration = Duration::from_millis(1);

fn main() -> ExitCode {
    let mut program = Program::new("stack-vs-heap-cost");
    let size = program.param(
        "size",
        64_usize,
        "size of the value in bytes: 16, 64, 128, 256, 512, 1024, 2048 or 4096",
    );
    program.case(
        "return",
        "a function returns a value, or a box with one",
        move |p| match size {
            16 => returned::<2>(p),
            64 => returned::<8>(p),
            128 => returned::<16>(p),
            256 => returned::<32>(p),
            512 => returned::<64>(p),
            1024 => returned::<128>(p),
            2048 => returned::<256>(p),
            4096 => returned::<512>(p),
            other => {
                // Without done, the invocation counts as failed.
                eprintln!("stack-vs-heap-cost: there is no type of {other} bytes");
                std::process::exit(1);
            }
        },
    );
    program.case(
        "local",
        "a function with a local variable, and one without",
        local,
    );
    program.run()
}

struct Thing<const WORDS: usize> {
    words: [u64; WORDS],
}

impl<const WORDS: usize> Thing<WORDS> {
    fn seen(&self) -> u64 {
        self.words[0] ^ self.words[WORDS - 1]
    }
}

#[inline(never)]
fn value<const WORDS: usize>(i: u64) -> Thing<WORDS> {
    let mut words = [0; WORDS];
    words[0] = i;
    words[WORDS - 1] = i + 1;
    Thing { words }
}

#[inline(never)]
fn boxed<const WORDS: usize>(i: u64) -> Box<Thing<WORDS>> {
    let mut words = [0; WORDS];
    words[0] = i;
    words[WORDS - 1] = i + 1;
    Box::new(Thing { words })
}

fn returned<const WORDS: usize>(p: &mut Probe) {
    let by_value = |n| {
        (0..n).fold(0_u64, |sum, i| {
            sum.wrapping_add(black_box(&value::<WORDS>(i)).seen())
        })
    };
    let by_pointer = |n| {
        (0..n).fold(0_u64, |sum, i| {
            sum.wrapping_add(black_box(&*boxed::<WORDS>(i)).seen())
        })
    };
    p.bench("by-value", BATCH, WARMUP, SAMPLES, by_value);
    p.bench("by-pointer", BATCH, WARMUP, SAMPLES, by_pointer);
    p.check(by_value(1000) + by_pointer(1000));
}

fn local(p: &mut Probe) {
    let nothing = [0_u64; 8];
    let bare = best(|n| {
        (0..n).fold(0_u64, |sum, i| {
            sum.wrapping_add(with_nothing(&nothing, black_box(i)))
        })
    });
    let stack = best(|n| (0..n).fold(0_u64, |sum, i| sum.wrapping_add(with_local(black_box(i)))));
    let heap = best(|n| {
        (0..n).fold(0_u64, |sum, i| {
            sum.wrapping_add(with_allocation(black_box(i)))
        })
    });
    p.value("stack-price", Unit::Nanoseconds, stack - bare);
    p.value("heap-price", Unit::Nanoseconds, heap - bare);
}

/// The least time of an operation over some batches.
fn best(mut work: impl FnMut(u64) -> u64) -> f64 {
    let ops = calibrate(BATCH, &mut work);
    let least = (0..SAMPLES).map(|_| {
        let start = Instant::now();
        black_box(work(black_box(ops)));
        nanos(start.elapsed())
    });
    least.min().unwrap_or_default() as f64 / ops as f64
}

#[inline(never)]
fn with_nothing(nothing: &[u64; 8], i: u64) -> u64 {
    look(nothing, i)
}

#[inline(never)]
fn with_local(i: u64) -> u64 {
    let mut v = [0; 8];
    v[(i & 7) as usize] = i;
    look(&v, i)
}

#[inline(never)]
fn with_allocation(i: u64) -> u64 {
    let mut v = Box::new([0; 8]);
    v[(i & 7) as usize] = i;
    look(black_box(&v), i)
}

#[inline(never)]
fn look(v: &[u64; 8], i: u64) -> u64 {
    black_box(v)[((i + 1) & 7) as usize]
}

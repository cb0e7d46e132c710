//! What a call costs that a guard makes in its `Drop`, beside the same call made by hand.

use std::cell::RefCell;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rust_equivalents::{Phase, Probe, Program, Unit, nanos};

/// Batches of each of the two forms: the first ones warm up. As many as in Go, where functions that would differ by where
/// they lie are there nine times; here both forms are the same code.
const PLACES: usize = 9;
const WARMUP: usize = 2 * PLACES;
const SAMPLES: usize = 9 * PLACES;

/// How many guards a function of the cases `loop` and `nine` has.
const ROW: u64 = 8;
const NINE: u64 = 9;

/// Counts the calls.
struct Counter {
    calls: u64,
    on: bool,
}

impl Counter {
    #[inline(never)]
    fn count(&mut self) {
        self.calls = black_box(self.calls + 1);
    }
}

/// Counts when it is dropped.
struct Guard<'a>(&'a mut Counter);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.count();
    }
}

/// Several guards of one counter at once.
struct Shared<'a>(&'a RefCell<Counter>);

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().count();
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("defer-cost");
    let ops = program.param(
        "ops",
        14400_u64,
        "calls in a sample, a multiple of 8 and of 9",
    );
    program.case("call", "one call at the end of a function", move |p| {
        counted(p, ops, 1, call_directly, call_by_guard);
    });
    program.case(
        "conditional",
        "one call behind a condition that holds",
        move |p| counted(p, ops, 1, call_on_condition, guard_on_condition),
    );
    program.case(
        "lock",
        "a mutex that nobody else wants is locked and unlocked",
        move |p| {
            let mutex = Mutex::new(0);
            compare(
                p,
                ops,
                |n| (0..n).for_each(|_| unlock_directly(&mutex)),
                |n| (0..n).for_each(|_| unlock_by_guard(&mutex)),
            );
            p.check(*mutex.lock().unwrap_or_else(PoisonError::into_inner));
        },
    );
    program.case("loop", "eight calls, guards made in a loop", move |p| {
        shared(p, ops, ROW, call_in_loop, guards_in_loop);
    });
    program.case(
        "nine",
        "nine calls, guards made one below the other",
        move |p| shared(p, ops, NINE, call_nine, guards_nine),
    );
    program.run()
}

fn counted(
    p: &mut Probe,
    ops: u64,
    each: u64,
    direct: impl Fn(&mut Counter),
    guarded: impl Fn(&mut Counter),
) {
    let counter = RefCell::new(Counter {
        calls: 0,
        on: black_box(true),
    });
    compare(
        p,
        ops,
        |n| {
            let counter = &mut *counter.borrow_mut();
            (0..n / each).for_each(|_| direct(counter));
        },
        |n| {
            let counter = &mut *counter.borrow_mut();
            (0..n / each).for_each(|_| guarded(counter));
        },
    );
    let calls = counter.borrow().calls;
    p.check(calls);
}

fn shared(
    p: &mut Probe,
    ops: u64,
    each: u64,
    direct: impl Fn(&RefCell<Counter>),
    guarded: impl Fn(&RefCell<Counter>),
) {
    let counter = RefCell::new(Counter {
        calls: 0,
        on: black_box(true),
    });
    compare(
        p,
        ops,
        |n| (0..n / each).for_each(|_| direct(&counter)),
        |n| (0..n / each).for_each(|_| guarded(&counter)),
    );
    let calls = counter.borrow().calls;
    p.check(calls);
}

/// Times both forms in turn and records what the second costs more: the median of the differences between neighbours.
fn compare(p: &mut Probe, ops: u64, direct: impl Fn(u64), guarded: impl Fn(u64)) {
    let mut took = [[0_u64; WARMUP + SAMPLES]; 2];
    let [direct_took, guarded_took] = &mut took;
    for (direct_ns, guarded_ns) in direct_took.iter_mut().zip(guarded_took) {
        let start = Instant::now();
        direct(black_box(ops));
        *direct_ns = nanos(start.elapsed());
        let start = Instant::now();
        guarded(black_box(ops));
        *guarded_ns = nanos(start.elapsed());
    }
    for (metric, took) in ["direct", "deferred"].iter().zip(&took) {
        for (i, ns) in took.iter().enumerate() {
            let phase = if i < WARMUP {
                Phase::Warmup
            } else {
                Phase::Measure
            };
            p.sample(metric, Unit::Nanoseconds, phase, ops, *ns as f64);
        }
    }
    let [direct_took, guarded_took] = &took;
    let pairs = direct_took.iter().zip(guarded_took).skip(WARMUP);
    let extra: Vec<f64> = pairs
        .map(|(direct, guarded)| *guarded as f64 - *direct as f64)
        .collect();
    p.value("extra", Unit::Nanoseconds, median(&extra) / ops as f64);
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0
}

#[inline(never)]
fn call_directly(counter: &mut Counter) {
    counter.count();
}

#[inline(never)]
fn call_by_guard(counter: &mut Counter) {
    let _guard = Guard(counter);
}

#[inline(never)]
fn call_on_condition(counter: &mut Counter) {
    if counter.on {
        counter.count();
    }
}

#[inline(never)]
fn guard_on_condition(counter: &mut Counter) {
    let _guard = counter.on.then(|| Guard(counter));
}

#[inline(never)]
fn unlock_directly(mutex: &Mutex<u64>) {
    let mut calls = mutex.lock().unwrap_or_else(PoisonError::into_inner);
    *calls += 1;
    drop(calls);
}

#[inline(never)]
fn unlock_by_guard(mutex: &Mutex<u64>) {
    let mut calls = mutex.lock().unwrap_or_else(PoisonError::into_inner);
    *calls += 1;
}

#[inline(never)]
fn call_in_loop(counter: &RefCell<Counter>) {
    for _ in 0..black_box(ROW) {
        counter.borrow_mut().count();
    }
}

/// A vector of guards is what a loop of deferred calls is in Rust: they end with the function, the last one first.
#[inline(never)]
fn guards_in_loop(counter: &RefCell<Counter>) {
    let mut guards = Vec::new();
    for _ in 0..black_box(ROW) {
        guards.push(Shared(counter));
    }
    while let Some(guard) = guards.pop() {
        drop(guard);
    }
}

#[inline(never)]
fn call_nine(counter: &RefCell<Counter>) {
    counter.borrow_mut().count();
    counter.borrow_mut().count();
    counter.borrow_mut().count();
    counter.borrow_mut().count();
    counter.borrow_mut().count();
    counter.borrow_mut().count();
    counter.borrow_mut().count();
    counter.borrow_mut().count();
    counter.borrow_mut().count();
}

#[inline(never)]
fn guards_nine(counter: &RefCell<Counter>) {
    let _first = Shared(counter);
    let _second = Shared(counter);
    let _third = Shared(counter);
    let _fourth = Shared(counter);
    let _fifth = Shared(counter);
    let _sixth = Shared(counter);
    let _seventh = Shared(counter);
    let _eighth = Shared(counter);
    let _ninth = Shared(counter);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_or_the_mean_of_the_two() {
        assert_eq!(median(&[9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(&[9.0, 1.0, 5.0, 2.0]), 3.5);
    }
}

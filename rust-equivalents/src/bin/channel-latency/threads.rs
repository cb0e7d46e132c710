//! The cases on threads that block in the kernel when they wait.

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use rust_equivalents::{Phase, Probe, Unit, nanos};

use crate::channel::Channel;
use crate::{BATCH, ROWS, SAMPLES, Setup, WARMUP, delivered, share, through_rows};

/// A send and a receive by the same thread, two operations.
pub fn uncontended<C: Channel>(p: &mut Probe, setup: Setup) {
    let (to, from) = C::bounded::<u64>(setup.buffer);
    let mut sum = 0;
    p.batches("operation", setup.ops, WARMUP, SAMPLES, |n| {
        for i in 0..n / 2 {
            C::send(&to, i);
            sum += C::receive(&from).unwrap_or_default();
        }
    });
    p.check(delivered(sum, setup.ops / 2, 1));
}

/// A value that goes to another thread and comes back: two hops.
pub fn round_trip<C: Channel>(p: &mut Probe, setup: Setup) {
    let (to, there) = C::bounded::<u64>(setup.buffer);
    let (fro, back) = C::bounded::<u64>(setup.buffer);
    let echo = thread::spawn(move || {
        while let Some(value) = C::receive(&there) {
            C::send(&fro, value + 1);
        }
    });
    let mut last = 0;
    p.batches("round-trip", setup.ops, WARMUP, SAMPLES, |n| {
        for _ in 0..n {
            C::send(&to, last);
            last = C::receive(&back).unwrap_or_default();
        }
    });
    drop(to);
    let _ = echo.join();
    let counted = setup.ops * crate::RUNS;
    p.check(if last == counted {
        "complete".to_owned()
    } else {
        format!("counted to {last}")
    });
}

/// Messages from several senders to one receiver, threads started once.
pub fn throughput<C: Channel>(p: &mut Probe, setup: Setup) {
    let (to, from) = C::bounded::<u64>(setup.buffer);
    let starts = workers(setup.senders, |_| {
        let to = to.clone();
        move |n| {
            for i in 0..n {
                C::send(&to, i);
            }
        }
    });
    let mut sum = 0;
    p.batches("message", setup.ops, WARMUP, SAMPLES, |n| {
        start(&starts, n);
        for _ in 0..n {
            sum += C::receive(&from).unwrap_or_default();
        }
    });
    p.check(delivered(sum, setup.ops, setup.senders));
}

/// Values that travel 64 in a message, by value.
pub fn batched<C: Channel>(p: &mut Probe, setup: Setup) {
    let (to, from) = C::bounded::<[u64; BATCH]>(setup.buffer);
    let starts = workers(setup.senders, |_| {
        let to = to.clone();
        move |n: u64| {
            for first in (0..n).step_by(BATCH) {
                C::send(&to, std::array::from_fn(|i| first + i as u64));
            }
        }
    });
    let mut sum = 0;
    p.batches("message", setup.ops, WARMUP, SAMPLES, |n| {
        start(&starts, n);
        for _ in 0..n / BATCH as u64 {
            sum += C::receive(&from).map_or(0, |values| values.iter().sum());
        }
    });
    p.check(delivered(sum, setup.ops, setup.senders));
}

/// One value at a time from a source thread through rows of stages to a sink.
pub fn pipeline<C: Channel>(p: &mut Probe, setup: Setup) {
    let mut check = 0;
    let mut medians = Vec::with_capacity(ROWS.len());
    for length in ROWS {
        let (first, out) = stages::<C>(length, setup.buffer);
        let (next, source) = C::bounded::<u64>(1);
        thread::spawn(move || {
            while let Some(value) = C::receive(&source) {
                C::send(&first, value);
            }
        });
        let mut took = [0_u64; WARMUP + SAMPLES];
        for ns in &mut took {
            let begun = Instant::now();
            for i in 0..setup.ops {
                C::send(&next, i);
                check += C::receive(&out).unwrap_or_default();
            }
            *ns = nanos(begun.elapsed());
        }
        medians.push(record(p, &took[WARMUP..], setup.ops, length));
    }
    p.value(
        "five-stages",
        Unit::Nanoseconds,
        medians[ROWS.len() - 1] - medians[0],
    );
    p.check(through_rows(check, setup.ops));
}

/// Values that follow one another through five stages, as fast as they go.
pub fn stream<C: Channel>(p: &mut Probe, setup: Setup) {
    let (first, out) = stages::<C>(5, setup.buffer);
    let starts = workers(1, |_| {
        let first = first.clone();
        move |n| {
            for i in 0..n {
                C::send(&first, i);
            }
        }
    });
    let mut sum: u64 = 0;
    p.batches("message", setup.ops, WARMUP, SAMPLES, |n| {
        start(&starts, n);
        for _ in 0..n {
            sum += C::receive(&out).unwrap_or_default();
        }
    });
    p.check(delivered(
        sum.wrapping_sub(5 * setup.ops * crate::RUNS),
        setup.ops,
        1,
    ));
}

/// Records the batches of a row and returns the median of a value's latency in it.
pub fn record(p: &mut Probe, took: &[u64], ops: u64, length: usize) -> f64 {
    for ns in took {
        p.sample_at(
            "latency",
            Unit::Nanoseconds,
            Phase::Measure,
            ops,
            *ns as f64,
            length as f64,
        );
    }
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2] as f64 / ops as f64
}

/// A row of threads, each of which adds one to what it gets and passes it on.
fn stages<C: Channel>(n: usize, buffer: usize) -> (C::Sender<u64>, C::Receiver<u64>) {
    let (first, mut last) = C::bounded::<u64>(buffer);
    for _ in 0..n {
        let (to, next) = C::bounded::<u64>(buffer);
        let from = std::mem::replace(&mut last, next);
        thread::spawn(move || {
            while let Some(value) = C::receive(&from) {
                C::send(&to, value + 1);
            }
        });
    }
    (first, last)
}

/// Threads that do their work as often as they are told, until nobody tells them any more.
pub fn workers<W: FnMut(u64) + Send + 'static>(
    n: usize,
    work: impl Fn(usize) -> W,
) -> Vec<mpsc::SyncSender<u64>> {
    (0..n)
        .map(|which| {
            let (start, told) = mpsc::sync_channel(1);
            let mut work = work(which);
            thread::spawn(move || {
                for n in told {
                    work(n);
                }
            });
            start
        })
        .collect()
}

/// Has workers share `n` operations.
pub fn start(starts: &[mpsc::SyncSender<u64>], n: u64) {
    for (which, start) in starts.iter().enumerate() {
        let _ = start.send(share(n, starts.len(), which));
    }
}

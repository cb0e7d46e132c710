//! What it costs to hand values over through the channels of the standard library, of crossbeam, of flume and of
//! tokio, alone, between threads or tasks and through pipelines; and what a mutex costs for the same.

mod channel;
mod locks;
mod tasks;
mod threads;

use std::process::ExitCode;

use rust_equivalents::{Probe, Program};

use channel::{Crossbeam, Flume, Std};

/// Batches of every case: the first ones warm up.
pub const WARMUP: usize = 3;
/// Batches that count.
pub const SAMPLES: usize = 30;
/// All batches of a case.
pub const RUNS: u64 = (WARMUP + SAMPLES) as u64;
/// Values in a message of the batched case.
pub const BATCH: usize = 64;
/// Lengths of pipeline that a process goes through, so that the cost of a hop is a slope.
pub const ROWS: [usize; 4] = [0, 1, 2, 5];

/// What every case is told.
#[derive(Clone, Copy)]
pub struct Setup {
    buffer: usize,
    senders: usize,
    ops: u64,
    /// Worker threads of tokio; 0 for a current-thread runtime.
    workers: usize,
}

fn main() -> ExitCode {
    let mut program = Program::new("channel-latency");
    let which = program.param("impl", "std".to_owned(), "std, crossbeam, flume or tokio");
    let setup = Setup {
        buffer: program.param("buffer", 0, "buffer of the channels"),
        senders: program.param("senders", 1, "threads or tasks that send"),
        ops: program.param("ops", 1920, "operations in a sample, a multiple of 64"),
        workers: program.param(
            "workers",
            2,
            "worker threads of tokio, 0 for its current-thread runtime",
        ),
    };
    type Case = fn(&str, &mut Probe, Setup);
    let cases: [(&'static str, &'static str, Case); 6] = [
        (
            "uncontended",
            "one thread sends and receives on a buffered channel",
            |which, p, s| match which {
                "crossbeam" => threads::uncontended::<Crossbeam>(p, s),
                "flume" => threads::uncontended::<Flume>(p, s),
                "tokio" => tasks::uncontended(p, s),
                _ => threads::uncontended::<Std>(p, s),
            },
        ),
        (
            "round-trip",
            "two threads send one value to and fro",
            |which, p, s| match which {
                "crossbeam" => threads::round_trip::<Crossbeam>(p, s),
                "flume" => threads::round_trip::<Flume>(p, s),
                "tokio" => tasks::round_trip(p, s),
                _ => threads::round_trip::<Std>(p, s),
            },
        ),
        (
            "throughput",
            "some threads send, one receives",
            |which, p, s| match which {
                "crossbeam" => threads::throughput::<Crossbeam>(p, s),
                "flume" => threads::throughput::<Flume>(p, s),
                "tokio" => tasks::throughput(p, s),
                _ => threads::throughput::<Std>(p, s),
            },
        ),
        (
            "batched",
            "as throughput, 64 values in each message",
            |which, p, s| match which {
                "crossbeam" => threads::batched::<Crossbeam>(p, s),
                "flume" => threads::batched::<Flume>(p, s),
                "tokio" => tasks::batched(p, s),
                _ => threads::batched::<Std>(p, s),
            },
        ),
        (
            "pipeline",
            "one value at a time goes through a row of stages",
            |which, p, s| match which {
                "crossbeam" => threads::pipeline::<Crossbeam>(p, s),
                "flume" => threads::pipeline::<Flume>(p, s),
                "tokio" => tasks::pipeline(p, s),
                _ => threads::pipeline::<Std>(p, s),
            },
        ),
        (
            "stream",
            "values follow one another through five stages",
            |which, p, s| match which {
                "crossbeam" => threads::stream::<Crossbeam>(p, s),
                "flume" => threads::stream::<Flume>(p, s),
                "tokio" => tasks::stream(p, s),
                _ => threads::stream::<Std>(p, s),
            },
        ),
    ];
    for (name, help, case) in cases {
        let which = which.clone();
        program.case(name, help, move |p| case(&which, p, setup));
    }
    program.case("lock", "one thread takes and releases a mutex", move |p| {
        locks::alone(p, setup)
    });
    program.case(
        "lock-contended",
        "some threads add to a number under a mutex",
        move |p| {
            locks::contended(p, setup);
        },
    );
    program.run()
}

/// Splits `ops` among senders; the last one takes the rest.
pub fn share(ops: u64, senders: usize, which: usize) -> u64 {
    let each = ops / senders as u64;
    if which + 1 == senders {
        ops - each * (senders as u64 - 1)
    } else {
        each
    }
}

/// Whether all values arrived, by their sum: each of the senders counts from 0 in every batch. It does not name `ops`,
/// so that the two sides of a pair may choose batches that suit them.
pub fn delivered(sum: u64, ops: u64, senders: usize) -> String {
    let expected: u64 = (0..senders)
        .map(|which| share(ops, senders, which))
        .map(|n| n * (n - 1) / 2 * RUNS)
        .sum();
    if sum == expected {
        "complete".to_owned()
    } else {
        format!("sum {sum} instead of {expected}")
    }
}

/// [`delivered`] for values that went through all [`ROWS`], one being added by each stage.
pub fn through_rows(sum: u64, ops: u64) -> String {
    let added: u64 = ROWS.iter().map(|length| *length as u64 * ops * RUNS).sum();
    let others = (ROWS.len() as u64 - 1) * (ops * (ops - 1) / 2 * RUNS);
    delivered(sum.wrapping_sub(added + others), ops, 1)
}

//! The cases on tokio's tasks, which park in user space as goroutines do.
//!
//! tokio has no bounded channel without a buffer: a `buffer` of 0 is run with 1, the nearest there is.

use std::time::Instant;

use rust_equivalents::{Phase, Probe, Unit, nanos};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::{BATCH, ROWS, SAMPLES, Setup, WARMUP, delivered, share, threads, through_rows};

fn runtime(setup: Setup) -> Runtime {
    let built = match setup.workers {
        0 => Builder::new_current_thread().build(),
        workers => Builder::new_multi_thread().worker_threads(workers).build(),
    };
    built.unwrap_or_else(|error| {
        eprintln!("channel-latency: tokio's runtime does not start: {error}");
        std::process::exit(1)
    })
}

fn bounded<T>(setup: Setup) -> (Sender<T>, Receiver<T>) {
    channel(setup.buffer.max(1))
}

/// Batches timed inside of one task, so that entering the runtime is not part of them.
fn batches(p: &mut Probe, metric: &str, ops: u64, took: &[u64]) {
    for (i, ns) in took.iter().enumerate() {
        let phase = if i < WARMUP {
            Phase::Warmup
        } else {
            Phase::Measure
        };
        p.sample(metric, Unit::Nanoseconds, phase, ops, *ns as f64);
    }
}

/// Runs a block once for each batch and gives the time that each took. A macro, since a future that borrows from an
/// async closure can't be sent to a worker.
macro_rules! timed {
    ($batch:block) => {{
        let mut took = vec![0; WARMUP + SAMPLES];
        for ns in &mut took {
            let begun = Instant::now();
            $batch * ns = nanos(begun.elapsed());
        }
        took
    }};
}

/// A send and a receive by the same task, two operations.
pub fn uncontended(p: &mut Probe, setup: Setup) {
    let runtime = runtime(setup);
    let (took, sum) = runtime.block_on(async {
        let (to, mut from) = bounded::<u64>(setup);
        let mut sum = 0;
        let took = timed!({
            for i in 0..setup.ops / 2 {
                let _ = to.send(i).await;
                sum += from.recv().await.unwrap_or_default();
            }
        });
        (took, sum)
    });
    batches(p, "operation", setup.ops, &took);
    p.check(delivered(sum, setup.ops / 2, 1));
}

/// A value that goes to another task and comes back: two hops.
pub fn round_trip(p: &mut Probe, setup: Setup) {
    let runtime = runtime(setup);
    let (to, mut there) = bounded::<u64>(setup);
    let (fro, mut back) = bounded::<u64>(setup);
    runtime.spawn(async move {
        while let Some(value) = there.recv().await {
            let _ = fro.send(value + 1).await;
        }
    });
    let task = runtime.spawn(async move {
        let mut last = 0;
        let took = timed!({
            for _ in 0..setup.ops {
                let _ = to.send(last).await;
                last = back.recv().await.unwrap_or_default();
            }
        });
        (took, last)
    });
    let (took, last) = runtime.block_on(task).unwrap_or_default();
    batches(p, "round-trip", setup.ops, &took);
    let counted = setup.ops * crate::RUNS;
    p.check(if last == counted {
        "complete".to_owned()
    } else {
        format!("counted to {last}")
    });
}

/// Messages from several senders to one receiver, tasks started once.
pub fn throughput(p: &mut Probe, setup: Setup) {
    let runtime = runtime(setup);
    let (to, mut from) = bounded::<u64>(setup);
    let starts = senders(
        &runtime,
        setup,
        move |n, to: Sender<u64>| async move {
            for i in 0..n {
                let _ = to.send(i).await;
            }
        },
        &to,
    );
    let task = runtime.spawn(async move {
        let mut sum = 0;
        let took = timed!({
            start(&starts, setup.ops).await;
            for _ in 0..setup.ops {
                sum += from.recv().await.unwrap_or_default();
            }
        });
        (took, sum)
    });
    let (took, sum) = runtime.block_on(task).unwrap_or_default();
    batches(p, "message", setup.ops, &took);
    p.check(delivered(sum, setup.ops, setup.senders));
}

/// Values that travel 64 in a message, by value.
pub fn batched(p: &mut Probe, setup: Setup) {
    let runtime = runtime(setup);
    let (to, mut from) = bounded::<[u64; BATCH]>(setup);
    let starts = senders(
        &runtime,
        setup,
        move |n, to: Sender<[u64; BATCH]>| async move {
            for first in (0..n).step_by(BATCH) {
                let _ = to.send(std::array::from_fn(|i| first + i as u64)).await;
            }
        },
        &to,
    );
    let task = runtime.spawn(async move {
        let mut sum: u64 = 0;
        let took = timed!({
            start(&starts, setup.ops).await;
            for _ in 0..setup.ops / BATCH as u64 {
                sum += from.recv().await.map_or(0, |values| values.iter().sum());
            }
        });
        (took, sum)
    });
    let (took, sum) = runtime.block_on(task).unwrap_or_default();
    batches(p, "message", setup.ops, &took);
    p.check(delivered(sum, setup.ops, setup.senders));
}

/// One value at a time from a source task through rows of stages to a sink.
pub fn pipeline(p: &mut Probe, setup: Setup) {
    let runtime = runtime(setup);
    let mut check: u64 = 0;
    let mut medians = Vec::with_capacity(ROWS.len());
    for length in ROWS {
        let (first, mut out) = stages(&runtime, length, setup);
        let (next, mut source) = channel::<u64>(1);
        runtime.spawn(async move {
            while let Some(value) = source.recv().await {
                let _ = first.send(value).await;
            }
        });
        let task = runtime.spawn(async move {
            let mut sum: u64 = 0;
            let took = timed!({
                for i in 0..setup.ops {
                    let _ = next.send(i).await;
                    sum += out.recv().await.unwrap_or_default();
                }
            });
            (took, sum)
        });
        let (took, sum) = runtime.block_on(task).unwrap_or_default();
        check += sum;
        medians.push(threads::record(p, &took[WARMUP..], setup.ops, length));
    }
    p.value(
        "five-stages",
        Unit::Nanoseconds,
        medians[ROWS.len() - 1] - medians[0],
    );
    p.check(through_rows(check, setup.ops));
}

/// Values that follow one another through five stages, as fast as they go.
pub fn stream(p: &mut Probe, setup: Setup) {
    let runtime = runtime(setup);
    let (first, mut out) = stages(&runtime, 5, setup);
    let single = Setup {
        senders: 1,
        ..setup
    };
    let starts = senders(
        &runtime,
        single,
        move |n, to: Sender<u64>| async move {
            for i in 0..n {
                let _ = to.send(i).await;
            }
        },
        &first,
    );
    let task = runtime.spawn(async move {
        let mut sum: u64 = 0;
        let took = timed!({
            start(&starts, setup.ops).await;
            for _ in 0..setup.ops {
                sum += out.recv().await.unwrap_or_default();
            }
        });
        (took, sum)
    });
    let (took, sum) = runtime.block_on(task).unwrap_or_default();
    batches(p, "message", setup.ops, &took);
    p.check(delivered(
        sum.wrapping_sub(5 * setup.ops * crate::RUNS),
        setup.ops,
        1,
    ));
}

/// A row of tasks, each of which adds one to what it gets and passes it on.
fn stages(runtime: &Runtime, n: usize, setup: Setup) -> (Sender<u64>, Receiver<u64>) {
    let (first, mut last) = bounded::<u64>(setup);
    for _ in 0..n {
        let (to, next) = bounded::<u64>(setup);
        let mut from = std::mem::replace(&mut last, next);
        runtime.spawn(async move {
            while let Some(value) = from.recv().await {
                let _ = to.send(value + 1).await;
            }
        });
    }
    (first, last)
}

/// Tasks that send as often as they are told, until nobody tells them any more.
fn senders<T: Send + 'static, F: Future<Output = ()> + Send>(
    runtime: &Runtime,
    setup: Setup,
    send: impl Fn(u64, Sender<T>) -> F + Clone + Send + 'static,
    to: &Sender<T>,
) -> Vec<Sender<u64>> {
    (0..setup.senders)
        .map(|_| {
            let (start, mut told) = channel(1);
            let (send, to) = (send.clone(), to.clone());
            runtime.spawn(async move {
                while let Some(n) = told.recv().await {
                    send(n, to.clone()).await;
                }
            });
            start
        })
        .collect()
}

/// Has senders share `n` operations.
async fn start(starts: &[Sender<u64>], n: u64) {
    for (which, start) in starts.iter().enumerate() {
        let _ = start.send(share(n, starts.len(), which)).await;
    }
}

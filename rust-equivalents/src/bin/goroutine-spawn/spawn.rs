//! Starting and joining units in batches.

use std::thread;
use std::time::{Duration, Instant};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};
use rust_equivalents::{Phase, Probe, Unit, nanos};

use crate::thread::Stack;
use crate::{Impl, OrFatal, fatal};

const WARMUP: usize = 2;
const SAMPLES: usize = 20;
/// A batch of fewer is over too soon for a second clock reading in its middle.
const SMALLEST_TIMED_BATCH: u64 = 100;

/// How many units, and how many of them at a time.
#[derive(Clone, Copy)]
struct Work {
    units: u64,
    batch: u64,
}

impl Work {
    fn new(units: u64, batch: u64) -> Self {
        if batch == 0 || !units.is_multiple_of(batch) {
            fatal(
                "spawn",
                format!("{units} units are no whole number of batches of {batch}"),
            );
        }
        Work { units, batch }
    }

    /// The first unit of each batch.
    fn batches(self) -> impl Iterator<Item = u64> {
        (0..self.units / self.batch).map(move |i| i * self.batch)
    }

    fn creation_clock(self) -> CreationClock {
        CreationClock {
            timed: self.batch >= SMALLEST_TIMED_BATCH,
            total: Duration::ZERO,
        }
    }
}

/// Adds up the time until all units of a batch are started, where batches are long enough.
struct CreationClock {
    timed: bool,
    total: Duration,
}

impl CreationClock {
    fn time<T>(&mut self, create: impl FnOnce() -> T) -> T {
        if !self.timed {
            return create();
        }
        let start = Instant::now();
        let created = create();
        self.total += start.elapsed();
        created
    }
}

/// What one sample gave.
struct Done {
    /// Of what the units returned.
    sum: u64,
    created: CreationClock,
}

pub fn tasks(p: &mut Probe, unit: Impl, units: u64, batch: u64) {
    let work = Work::new(units, batch);
    match unit {
        Impl::TokioCurrent => {
            let runtime = current_thread_runtime();
            measure(p, work, || runtime.block_on(tokio_rounds(work)));
        }
        Impl::TokioMulti => {
            let runtime = multi_thread_runtime();
            // A task of the runtime spawns: from outside, every spawn would go through the shared queue.
            measure(p, work, || {
                runtime
                    .block_on(runtime.spawn(tokio_rounds(work)))
                    .or_fatal("join a task")
            });
        }
        Impl::Coroutine => {
            let mut stacks: Vec<DefaultStack> =
                (0..batch).map(|_| DefaultStack::default()).collect();
            measure(p, work, || coroutine_rounds(work, &mut stacks));
        }
        Impl::Thread | Impl::Scope => fatal("spawn", "threads have a case of their own"),
    }
}

pub fn threads(p: &mut Probe, unit: Impl, stack: Stack, units: u64, batch: u64) {
    let work = Work::new(units, batch);
    match unit {
        Impl::Thread => measure(p, work, || thread_rounds(work, stack)),
        Impl::Scope => measure(p, work, || scope_rounds(work, stack)),
        other => fatal("spawn-thread", format!("--impl={other} is no thread")),
    }
}

/// A runtime on the calling thread, without timers and I/O.
pub fn current_thread_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .or_fatal("start tokio")
}

/// A runtime with two workers, without timers and I/O.
pub fn multi_thread_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .or_fatal("start tokio")
}

fn measure(p: &mut Probe, work: Work, mut sample: impl FnMut() -> Done) {
    let mut sum = 0_u64;
    for i in 0..WARMUP + SAMPLES {
        let start = Instant::now();
        let done = sample();
        let joined = start.elapsed();
        sum = sum.wrapping_add(done.sum);

        let phase = if i < WARMUP {
            Phase::Warmup
        } else {
            Phase::Measure
        };
        let mut record = |metric: &str, took: Duration| {
            p.sample(
                metric,
                Unit::Nanoseconds,
                phase,
                work.units,
                nanos(took) as f64,
            );
        };
        record("spawn-join", joined);
        if done.created.timed {
            record("create", done.created.total);
        }
    }
    p.check(sum);
}

async fn tokio_rounds(work: Work) -> Done {
    let mut created = work.creation_clock();
    let mut handles = Vec::with_capacity(work.batch as usize);
    let mut sum = 0;
    for first in work.batches() {
        created.time(|| {
            handles.extend((first..first + work.batch).map(|i| tokio::spawn(async move { i })));
        });
        for handle in handles.drain(..) {
            sum += handle.await.or_fatal("join a task");
        }
    }
    Done { sum, created }
}

/// Takes the stacks of the coroutines from a pool and puts them back, as Go does with those of ended
/// goroutines.
fn coroutine_rounds(work: Work, stacks: &mut Vec<DefaultStack>) -> Done {
    let mut created = work.creation_clock();
    let mut coroutines = Vec::with_capacity(work.batch as usize);
    let mut sum = 0;
    for first in work.batches() {
        created.time(|| {
            coroutines.extend((first..).zip(stacks.drain(..)).map(|(i, stack)| {
                Coroutine::<(), (), u64, DefaultStack>::with_stack(stack, move |_, ()| i)
            }));
        });
        for mut coroutine in coroutines.drain(..) {
            if let CoroutineResult::Return(i) = coroutine.resume(()) {
                sum += i;
            }
            stacks.push(coroutine.into_stack());
        }
    }
    Done { sum, created }
}

fn thread_rounds(work: Work, stack: Stack) -> Done {
    let mut created = work.creation_clock();
    let mut handles = Vec::with_capacity(work.batch as usize);
    let mut sum = 0;
    for first in work.batches() {
        created.time(|| {
            handles.extend((first..first + work.batch).map(|i| {
                let spawned = stack.builder().spawn(move || i);
                spawned.or_fatal("start a thread")
            }));
        });
        for handle in handles.drain(..) {
            sum += joined(handle.join());
        }
    }
    Done { sum, created }
}

fn scope_rounds(work: Work, stack: Stack) -> Done {
    let mut created = work.creation_clock();
    let mut sum = 0;
    for first in work.batches() {
        sum += thread::scope(|scope| {
            let handles: Vec<_> = created.time(|| {
                (first..first + work.batch)
                    .map(|i| {
                        let spawned = stack.builder().spawn_scoped(scope, move || i);
                        spawned.or_fatal("start a thread")
                    })
                    .collect()
            });
            handles.into_iter().map(|h| joined(h.join())).sum::<u64>()
        });
    }
    Done { sum, created }
}

fn joined<T>(result: thread::Result<T>) -> T {
    result.unwrap_or_else(|_| fatal("join a thread", "it panicked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_runs_once_whatever_it_is() {
        let work = Work::new(600, 200);
        let sum = 600 * 599 / 2;
        assert_eq!(
            current_thread_runtime().block_on(tokio_rounds(work)).sum,
            sum
        );
        assert_eq!(multi_thread_runtime().block_on(tokio_rounds(work)).sum, sum);
        let mut stacks = (0..200).map(|_| DefaultStack::default()).collect();
        assert_eq!(coroutine_rounds(work, &mut stacks).sum, sum);
        assert_eq!(stacks.len(), 200);

        let work = Work::new(20, 5);
        let sum = 20 * 19 / 2;
        assert_eq!(thread_rounds(work, Stack::StdDefault).sum, sum);
        assert_eq!(scope_rounds(work, Stack::KiB(64)).sum, sum);
    }
}

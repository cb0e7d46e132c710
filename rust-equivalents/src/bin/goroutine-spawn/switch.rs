//! Two units that take turns.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use corosensei::{Coroutine, CoroutineResult};
use nix::sys::resource::{UsageWho, getrusage};
use rust_equivalents::{Phase, Probe, Unit};
use tokio::sync::mpsc;

use crate::spawn::{current_thread_runtime, multi_thread_runtime};
use crate::thread::{first_cpu, pin};
use crate::{Impl, OrFatal, fatal};

const WARMUP: usize = 1;
const SAMPLES: usize = 10;

/// Times hand-overs between two tasks, and counts those of the kernel.
pub fn tasks(p: &mut Probe, unit: Impl, by: &str, switches: u64) {
    let runtime = match unit {
        Impl::TokioCurrent => current_thread_runtime(),
        Impl::TokioMulti => multi_thread_runtime(),
        Impl::Coroutine if by == "yield" => {
            return time_turns(p, "switch", switches, coroutine_turns);
        }
        other => fatal(
            "switch",
            format!("--impl={other} does not hand over by {by}"),
        ),
    };
    match by {
        "yield" => time_turns(p, "switch", switches, |n| runtime.block_on(yield_turns(n))),
        "channel" => time_turns(p, "switch", switches, |n| {
            runtime.block_on(channel_turns(n))
        }),
        _ => fatal("switch", format!("--by={by} is neither yield nor channel")),
    }
}

/// The same between two threads that may use one CPU only.
pub fn threads(p: &mut Probe, by: &str, switches: u64) {
    let cpu = first_cpu();
    match by {
        "park" => time_turns(p, "thread-switch", switches, |n| park_turns(n, cpu)),
        "pipe" => time_turns(p, "thread-switch", switches, |n| pipe_turns(n, cpu)),
        _ => fatal(
            "switch-thread",
            format!("--by={by} is neither park nor pipe"),
        ),
    }
}

/// Records the time of `take_turns`, and how often the kernel switched meanwhile. `take_turns(n)`
/// hands over `n` times and returns how often.
fn time_turns(p: &mut Probe, metric: &str, switches: u64, mut take_turns: impl FnMut(u64) -> u64) {
    let mut turns = take_turns(switches);
    let before = kernel_switches();
    p.batches(metric, switches, WARMUP, SAMPLES, |n| {
        turns += take_turns(n)
    });
    let during = kernel_switches() - before;
    p.sample(
        "kernel-switches",
        Unit::One,
        Phase::Measure,
        switches * (WARMUP + SAMPLES) as u64,
        during as f64,
    );
    p.check(turns);
}

async fn yield_turns(n: u64) -> u64 {
    let turn = |n: u64| async move {
        for _ in 0..n {
            tokio::task::yield_now().await;
        }
        n
    };
    let pair = [tokio::spawn(turn(n / 2)), tokio::spawn(turn(n / 2))];
    let mut turns = 0;
    for task in pair {
        turns += task.await.or_fatal("join a task");
    }
    turns
}

async fn channel_turns(n: u64) -> u64 {
    // The smallest that tokio has; Go's channel has no buffer at all.
    let (ping, mut pinged) = mpsc::channel(1);
    let (pong, mut ponged) = mpsc::channel(1);
    let echo = tokio::spawn(async move {
        while let Some(turn) = pinged.recv().await {
            pong.send(turn + 1).await.or_fatal("send");
        }
    });
    let first = tokio::spawn(async move {
        let mut turn = 0;
        while turn < n {
            ping.send(turn + 1).await.or_fatal("send");
            turn = ponged.recv().await.unwrap_or(n);
        }
        turn
    });
    let turns = first.await.or_fatal("join a task");
    echo.await.or_fatal("join a task");
    turns
}

/// A switch is a suspension and the resumption of the other coroutine, by the loop that stands for a
/// scheduler.
fn coroutine_turns(n: u64) -> u64 {
    let unit = || {
        Coroutine::<(), (), u64>::new(move |yielder, ()| {
            for _ in 0..n / 2 {
                yielder.suspend(());
            }
            n / 2
        })
    };
    let mut pair = [unit(), unit()];
    let mut turns = 0;
    while pair.iter().any(|c| !c.done()) {
        for coroutine in &mut pair {
            if let CoroutineResult::Return(n) = coroutine.resume(()) {
                turns += n;
            }
        }
    }
    turns
}

/// Each thread waits until the number of turns has its parity.
fn park_turns(n: u64, cpu: usize) -> u64 {
    let turn = AtomicU64::new(0);
    let take = |mine: u64, other: &thread::Thread| {
        for i in (mine..n).step_by(2) {
            while turn.load(Ordering::Acquire) != i {
                thread::park();
            }
            turn.store(i + 1, Ordering::Release);
            other.unpark();
        }
    };
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            pin(cpu);
            let second = thread::current();
            let second = scope.spawn(move || {
                pin(cpu);
                take(1, &second);
            });
            take(0, second.thread());
        });
        if first.join().is_err() {
            fatal("join a thread", "it panicked");
        }
    });
    turn.into_inner()
}

fn pipe_turns(n: u64, cpu: usize) -> u64 {
    let (pinged, ping) = std::io::pipe().or_fatal("pipe");
    let (ponged, pong) = std::io::pipe().or_fatal("pipe");
    let (mut ends, mut others) = ((ponged, ping), (pinged, pong));
    thread::scope(|scope| {
        scope.spawn(move || {
            pin(cpu);
            for _ in 0..n / 2 {
                read_byte(&mut others.0);
                write_byte(&mut others.1);
            }
        });
        scope.spawn(move || {
            pin(cpu);
            for _ in 0..n / 2 {
                write_byte(&mut ends.1);
                read_byte(&mut ends.0);
            }
        });
    });
    n / 2 * 2
}

pub fn write_byte(to: &mut PipeWriter) {
    to.write_all(&[0]).or_fatal("write to a pipe");
}

pub fn read_byte(from: &mut PipeReader) {
    from.read_exact(&mut [0]).or_fatal("read from a pipe");
}

/// How often the kernel took a CPU from a thread of this process, or got it back.
fn kernel_switches() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).or_fatal("getrusage");
    usage.voluntary_context_switches() + usage.involuntary_context_switches()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_counted() {
        let runtime = current_thread_runtime();
        assert_eq!(runtime.block_on(yield_turns(100)), 100);
        assert_eq!(runtime.block_on(channel_turns(100)), 100);
        assert_eq!(coroutine_turns(100), 100);
        assert_eq!(park_turns(100, first_cpu()), 100);
        assert_eq!(pipe_turns(100, first_cpu()), 100);
    }
}

//! What makes a task or a thread give up its processor. tokio's tasks do it at an await, threads are preempted by the
//! kernel. It needs Linux.

use std::error::Error;
use std::hint::{black_box, spin_loop};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use rust_equivalents::{Probe, Program, run_child};
use tokio::runtime::Builder;

const WARMUP: usize = 2;
const SAMPLES: usize = 6;
const STEPS: u64 = 4_000;
/// A limit that even a busy machine keeps.
const AMPLE: Duration = Duration::from_secs(15);
/// How long a child must have been kept waiting to count as starved.
const STARVED: Duration = Duration::from_millis(300);

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let mut program = Program::new("preemption");
    let what = program.param(
        "loop",
        "task".to_owned(),
        "what runs beside main in spin: task, awaiting-task or thread",
    );
    let goroutines = program.param("goroutines", 1000_u64, "tasks, or pieces of work");
    program.case("signals", "children with something that loops", |p| {
        ended("signals", beside_loops(p));
    });
    program.case(
        "spin",
        "the child: something loops for ever while main wants to end",
        move |_| ended("spin", spin(&what)),
    );
    program.case("relay", "threads on one CPU that wait by looking", |p| {
        ended("relay", relay(p));
    });
    program.case(
        "thousand",
        "time of CPU-bound tasks on one thread",
        move |p| ended("thousand", thousand(p, goroutines)),
    );
    program.case(
        "sequential",
        "time of the same work without tasks",
        move |p| sequential(p, goroutines),
    );
    program.run()
}

/// Without done, the invocation counts as failed.
fn ended(case: &str, outcome: Outcome) {
    if let Err(error) = outcome {
        eprintln!("preemption: {case}: {error}");
        std::process::exit(1);
    }
}

fn beside_loops(p: &mut Probe) -> Outcome {
    for (key, what, limit) in [
        ("task-without-await", "--loop=task", STARVED),
        ("task-with-await", "--loop=awaiting-task", AMPLE),
        ("thread-on-the-same-cpu", "--loop=thread", AMPLE),
    ] {
        p.outcome(key, run_child(limit, &[], &["--case=spin", what])?.fate());
    }
    Ok(())
}

/// Ends only if main gets the processor back.
fn spin(what: &str) -> Outcome {
    if what == "thread" {
        stay_on_one_cpu()?;
        drop(thread::spawn(|| {
            loop {
                spin_loop();
            }
        }));
        thread::sleep(Duration::from_millis(20));
        return Ok(());
    }
    let awaits = what == "awaiting-task";
    let runtime = Builder::new_current_thread().build()?;
    runtime.block_on(async move {
        drop(tokio::spawn(async move {
            loop {
                if awaits {
                    tokio::task::yield_now().await;
                } else {
                    spin_loop();
                }
            }
        }));
        tokio::task::yield_now().await;
    });
    Ok(())
}

fn stay_on_one_cpu() -> Outcome {
    let me = Pid::from_raw(0);
    let allowed = sched_getaffinity(me)?;
    let first = (0..CpuSet::count())
        .find(|&cpu| allowed.is_set(cpu).unwrap_or(false))
        .ok_or("no CPU is allowed")?;
    let mut one = CpuSet::new();
    one.set(first)?;
    Ok(sched_setaffinity(me, &one)?)
}

fn relay(p: &mut Probe) -> Outcome {
    stay_on_one_cpu()?;
    p.outcome(
        "bare-turn-takes-ms",
        median_turn(20, spin_loop)? > Duration::from_millis(1),
    );
    p.outcome(
        "yielding-turn-takes-ms",
        median_turn(2000, thread::yield_now)? > Duration::from_millis(1),
    );
    Ok(())
}

/// The median time of a turn, of which the other thread has one as well.
fn median_turn(turns: usize, wait: fn()) -> Result<Duration, Box<dyn Error>> {
    let turn = Arc::new(AtomicU64::new(0));
    let other = {
        let turn = turn.clone();
        thread::spawn(move || {
            for _ in 0..turns {
                while turn.load(Ordering::Acquire) != 1 {
                    wait();
                }
                turn.store(0, Ordering::Release);
            }
        })
    };
    let mut took = Vec::with_capacity(turns);
    for _ in 0..turns {
        let start = Instant::now();
        turn.store(1, Ordering::Release);
        while turn.load(Ordering::Acquire) != 0 {
            wait();
        }
        took.push(start.elapsed());
    }
    other.join().map_err(|_| "the other thread panicked")?;
    took.sort_unstable();
    Ok(took[turns / 2])
}

/// CPU-bound work, each step of which needs the one before: xorshift (Marsaglia 2003). The steps of a linear congruence
/// would be folded into fewer by LLVM, and not by Go.
#[inline(never)]
fn piece(seed: u64) -> u64 {
    let mut x = seed + 1;
    for _ in 0..black_box(STEPS) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    x
}

fn thousand(p: &mut Probe, tasks: u64) -> Outcome {
    let runtime = Builder::new_current_thread().build()?;
    let sum = Arc::new(AtomicU64::new(0));
    p.batches("piece", tasks, WARMUP, SAMPLES, |n| {
        runtime.block_on(async {
            let running: Vec<_> = (0..n)
                .map(|i| {
                    let sum = sum.clone();
                    tokio::spawn(async move {
                        sum.fetch_add(piece(i), Ordering::Relaxed);
                    })
                })
                .collect();
            for task in running {
                // A task that panicked would be missing from the sum.
                let _ = task.await;
            }
        });
    });
    p.check(sum.load(Ordering::Relaxed));
    Ok(())
}

fn sequential(p: &mut Probe, pieces: u64) {
    let mut sum = 0_u64;
    p.batches("piece", pieces, WARMUP, SAMPLES, |n| {
        for i in 0..n {
            sum = sum.wrapping_add(piece(i));
        }
    });
    p.check(sum);
}

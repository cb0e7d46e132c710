//! A counter kept by an atomic and by a mutex, alone and contended; the single atomic operations; and a spinlock.

use std::hint::{black_box, spin_loop};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rust_equivalents::{CONTENTION_ATTEMPTS, Gate, Phase, Probe, Program, Unit, contend};

/// Batches of every case: the first ones warm up.
const WARMUP: usize = 3;
/// Batches that count.
const SAMPLES: usize = 12;

/// A number with a cache line of its own.
#[repr(align(128))]
#[derive(Default)]
struct Padded<T>(T);

fn main() -> ExitCode {
    let mut program = Program::new("atomic-vs-mutex");
    let threads = program.param("goroutines", 1_usize, "threads that count");
    let ops = program.param("ops", 100_000_u64, "additions in a sample, by all together");
    program.case(
        "alone",
        "one thread does each atomic operation on a variable of its own",
        alone,
    );
    program.case(
        "counter",
        "threads add to one number, atomically and under a mutex",
        move |p| counter(p, threads, ops),
    );
    program.case(
        "spinlock",
        "threads add to a number under a spinlock",
        |p| {
            p.outcome("lost", spin());
        },
    );
    program.run()
}

fn alone(p: &mut Probe) {
    use Ordering::SeqCst;
    const TARGET: Duration = Duration::from_micros(300);
    let number = Padded(AtomicI64::new(0));
    let n = black_box(&number.0);
    p.bench("load", TARGET, WARMUP, SAMPLES, |ops| {
        (0..ops).fold(0, |sum: i64, _| sum.wrapping_add(n.load(SeqCst)))
    });
    let chain = black_box([const { AtomicUsize::new(0) }; 8]);
    p.bench("load-chain", TARGET, WARMUP, SAMPLES, |ops| {
        (0..ops).fold(0, |at: usize, _| chain[at].load(SeqCst))
    });
    p.bench("store", TARGET, WARMUP, SAMPLES, |ops| {
        (0..ops).for_each(|i| n.store(i as i64, SeqCst));
    });
    p.bench("add", TARGET, WARMUP, SAMPLES, |ops| {
        (0..ops).for_each(|_| {
            n.fetch_add(1, SeqCst);
        });
    });
    p.bench("swap", TARGET, WARMUP, SAMPLES, |ops| {
        (0..ops).fold(0, |sum: i64, i| sum.wrapping_add(n.swap(i as i64, SeqCst)))
    });
    let mut failed = 0;
    p.bench("cas", TARGET, WARMUP, SAMPLES, |ops| {
        n.store(0, SeqCst);
        for i in 0..ops as i64 {
            failed += i64::from(n.compare_exchange(i, i + 1, SeqCst, SeqCst).is_err());
        }
    });
    p.check(format!("failed swaps: {failed}"));
}

fn counter(p: &mut Probe, threads: usize, ops: u64) {
    let atomically = Arc::new(Padded(AtomicI64::new(0)));
    let locked = Arc::new(Padded(Mutex::new(0_i64)));
    let number = Arc::clone(&atomically);
    let (first, n) = counted(p, "atomic", threads, ops, move |n| {
        for _ in 0..n {
            number.0.fetch_add(1, Ordering::Relaxed);
        }
    });
    let number = Arc::clone(&locked);
    let (second, m) = counted(p, "mutex", threads, ops, move |n| {
        for _ in 0..n {
            *guard(&number.0) += 1;
        }
    });
    match (first, second) {
        (Some(first), Some(second)) => p.value("mutex-to-atomic", Unit::One, second / first),
        _ => p.absent(
            "mutex-to-atomic",
            Unit::One,
            "the threads never had their processors",
        ),
    }
    let sums = (atomically.0.load(Ordering::Relaxed), *guard(&locked.0));
    if sums == (n * ops as i64, m * ops as i64) {
        p.check("complete");
    } else {
        p.check(format!("{} and {}", sums.0, sums.1));
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Times batches of `ops` operations that threads share. Returns the median of those that count, and how many there were.
fn counted(
    p: &mut Probe,
    metric: &str,
    threads: usize,
    ops: u64,
    work: impl Fn(u64) + Clone + Send + 'static,
) -> (Option<f64>, i64) {
    let running = Arc::new((Mutex::new(0_usize), Condvar::new()));
    let starts: Vec<mpsc::SyncSender<(u64, Arc<Gate>)>> = (0..threads)
        .map(|_| {
            let (start, told) = mpsc::sync_channel::<(u64, Arc<Gate>)>(1);
            let (work, running) = (work.clone(), Arc::clone(&running));
            thread::spawn(move || {
                for (n, gate) in told {
                    gate.enter();
                    work(n);
                    *guard(&running.0) -= 1;
                    running.1.notify_one();
                }
            });
            start
        })
        .collect();
    let mut took = Vec::with_capacity(SAMPLES);
    let mut batches = 0;
    for i in 0..WARMUP + CONTENTION_ATTEMPTS * SAMPLES {
        if took.len() == SAMPLES {
            break;
        }
        let (ns, sound) = contend(threads, |gate| {
            *guard(&running.0) = threads;
            for (which, start) in starts.iter().enumerate() {
                // The threads live as long as the senders.
                let _ = start.send((share(ops, threads, which), Arc::clone(gate)));
            }
            let mut left = guard(&running.0);
            while *left > 0 {
                left = running.1.wait(left).unwrap_or_else(PoisonError::into_inner);
            }
        });
        batches += 1;
        let phase = if i >= WARMUP && sound {
            took.push(ns);
            Phase::Measure
        } else {
            Phase::Warmup
        };
        p.sample(metric, Unit::Nanoseconds, phase, ops, ns);
    }
    took.sort_by(f64::total_cmp);
    (took.get(took.len() / 2).copied(), batches)
}

/// Splits `ops`; the last thread takes the rest.
fn share(ops: u64, threads: usize, which: usize) -> u64 {
    let each = ops / threads as u64;
    if which + 1 == threads {
        ops - each * (threads as u64 - 1)
    } else {
        each
    }
}

/// How many of the increments under a spinlock are lost. The number is an atomic only so that the program stays safe
/// Rust: it is read and written in two steps.
fn spin() -> i64 {
    const THREADS: u64 = 8;
    const EACH: u64 = 10_000;
    let (lock, total) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    while lock
                        .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
                        .is_err()
                    {
                        spin_loop();
                        thread::yield_now();
                    }
                    total.store(total.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                    lock.store(false, Ordering::Release);
                }
            });
        }
    });
    (THREADS * EACH) as i64 - total.into_inner() as i64
}

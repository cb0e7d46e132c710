//! The same critical sections under a `Mutex` and under a `RwLock`, by the length of the section and the share of reads.

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock, mpsc};
use std::thread;
use std::time::Instant;

use rust_equivalents::{CONTENTION_ATTEMPTS, Gate, Phase, Probe, Program, Unit, contend, nanos};

/// Batches of each lock: the first ones warm up.
const WARMUP: usize = 2;
/// Batches that count.
const SAMPLES: usize = 9;

#[repr(align(128))]
#[derive(Default)]
struct Padded<T>(T);

fn main() -> ExitCode {
    let mut program = Program::new("rwmutex-scaling");
    let threads = program.param("goroutines", 4_usize, "threads that want the lock");
    let section = program.param(
        "section-ns",
        1000_usize,
        "length of the critical section in ns, without the lock",
    );
    let reads = program.param("reads", 90_usize, "reads in a hundred operations");
    program.case(
        "sections",
        "threads read and write under both locks in turn",
        move |p| sections(p, threads, section, reads),
    );
    program.run()
}

/// A chain of steps, none of which can begin before the last has ended.
fn work(mut x: u64, steps: u64) -> u64 {
    for _ in 0..steps {
        x = x
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // Without this the chain is folded: several of these steps are one multiplication and one addition.
        x = black_box(x);
    }
    x
}

/// How many steps of work take `ns` nanoseconds on an undisturbed processor.
fn steps_for(ns: usize) -> u64 {
    const STEPS: u64 = 10_000;
    let best = (0..20)
        .map(|i| {
            let start = Instant::now();
            black_box(work(black_box(i), STEPS));
            nanos(start.elapsed())
        })
        .min()
        .unwrap_or(STEPS);
    ns as u64 * STEPS / best.max(1)
}

/// Spreads the writes among a hundred operations, differently for each thread.
fn is_write(i: usize, which: usize, reads: usize) -> bool {
    (i * 37 + which * 11) % 100 >= reads
}

fn sections(p: &mut Probe, threads: usize, section: usize, reads: usize) {
    let steps = steps_for(section);
    // About 1 ms, equal on both sides; a multiple of 100 operations for each thread has the exact share of writes.
    let each = 100 * (1 + 10_000 / (section + 50) / threads);
    let ops = (threads * each) as u64;
    // The chain goes on from one section to the next, or a processor would begin the next one early.
    let mutex = Arc::new(Padded(Mutex::new(0_u64)));
    let rwlock = Arc::new(Padded(RwLock::new(0_u64)));
    let under_mutex = Team::new(threads, {
        let mutex = Arc::clone(&mutex);
        move |which| {
            let mut x = which as u64;
            for i in 0..each {
                let mut value = mutex.0.lock().unwrap_or_else(PoisonError::into_inner);
                x = work(x.wrapping_add(*value), steps);
                if is_write(i, which, reads) {
                    *value += 1;
                }
            }
            black_box(x);
        }
    });
    let under_rwlock = Team::new(threads, {
        let lock = Arc::clone(&rwlock);
        move |which| {
            let mut x = which as u64;
            for i in 0..each {
                if is_write(i, which, reads) {
                    let mut value = lock.0.write().unwrap_or_else(PoisonError::into_inner);
                    x = work(x.wrapping_add(*value), steps);
                    *value += 1;
                } else {
                    let value = lock.0.read().unwrap_or_else(PoisonError::into_inner);
                    x = work(x.wrapping_add(*value), steps);
                }
            }
            black_box(x);
        }
    });
    let mut locks = [("mutex", under_mutex, 0), ("rwmutex", under_rwlock, 0)];
    let mut batches = 0;
    for i in 0..WARMUP + CONTENTION_ATTEMPTS * SAMPLES {
        if locks.iter().all(|(_, _, counts)| *counts >= SAMPLES) {
            break;
        }
        for (metric, team, counts) in &mut locks {
            let (ns, sound) = contend(threads, |gate| team.run(gate));
            batches += 1;
            let phase = if i >= WARMUP && sound {
                *counts += 1;
                Phase::Measure
            } else {
                Phase::Warmup
            };
            p.sample(metric, Unit::Nanoseconds, phase, ops, ns);
        }
    }
    let writes = (batches * threads * each * (100 - reads) / 100) as u64;
    let one = *mutex.0.lock().unwrap_or_else(PoisonError::into_inner);
    let other = *rwlock.0.read().unwrap_or_else(PoisonError::into_inner);
    if one + other == writes {
        p.check("complete");
    } else {
        p.check(format!("{} instead of {writes}", one + other));
    }
}

/// Threads that do their work whenever they are told.
struct Team {
    starts: Vec<mpsc::SyncSender<Arc<Gate>>>,
    running: Arc<(Mutex<usize>, Condvar)>,
}

impl Team {
    fn new(n: usize, work: impl Fn(usize) + Clone + Send + 'static) -> Self {
        let running = Arc::new((Mutex::new(0_usize), Condvar::new()));
        let starts = (0..n)
            .map(|which| {
                let (start, told) = mpsc::sync_channel::<Arc<Gate>>(1);
                let (work, running) = (work.clone(), Arc::clone(&running));
                thread::spawn(move || {
                    for gate in told {
                        gate.enter();
                        work(which);
                        *running.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
                        running.1.notify_one();
                    }
                });
                start
            })
            .collect();
        Team { starts, running }
    }

    /// Has all of them work once, and waits for them.
    fn run(&self, gate: &Arc<Gate>) {
        let lock = || {
            self.running
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        *lock() = self.starts.len();
        for start in &self.starts {
            // The threads live as long as the senders.
            let _ = start.send(Arc::clone(gate));
        }
        let mut left = lock();
        while *left > 0 {
            let woken = self.running.1.wait(left);
            left = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_have_their_share_for_every_thread() {
        for which in 0..8 {
            for reads in [0, 50, 99, 100] {
                let writes = (0..100).filter(|&i| is_write(i, which, reads)).count();
                assert_eq!(writes, 100 - reads);
            }
        }
    }
}

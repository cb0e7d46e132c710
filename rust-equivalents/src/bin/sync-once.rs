//! How often the function of a `Once`, `OnceLock` or `LazyLock` runs, what its panic does to later callers, and what a call
//! costs afterwards.

use std::hint::black_box;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, LazyLock, Once, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use rust_equivalents::{Probe, Program, panics, returns};

/// How long something may take before it counts as blocked for ever.
const PATIENCE: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let mut program = Program::new("sync-once");
    program.case(
        "once",
        "a hundred threads call Once, OnceLock and LazyLock at the same time",
        simultaneous,
    );
    program.case(
        "panic",
        "the function panics, while another caller waits and before later ones come",
        |p| {
            after_panic(p);
            waiting_caller(p);
        },
    );
    program.case("recursive", "the function calls its own Once", |p| {
        let fate = returns(PATIENCE, || {
            static ONCE: Once = Once::new();
            ONCE.call_once(|| ONCE.call_once(|| {}));
        });
        p.outcome("recursive-do-returns", fate);
    });
    program.case("fast-path", "calls after the first", fast_path);
    program.run()
}

fn simultaneous(p: &mut Probe) {
    let once = Once::new();
    let (runs, early, complete) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicBool::new(false),
    );
    together(100, || {
        once.call_once(|| {
            runs.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(20));
            complete.store(true, Ordering::Relaxed);
        });
        if !complete.load(Ordering::Relaxed) {
            early.fetch_add(1, Ordering::Relaxed);
        }
    });
    p.outcome("runs", runs.into_inner() as i64);
    p.outcome("returned-before-completion", early.into_inner() as i64);

    static LAZY_RUNS: AtomicUsize = AtomicUsize::new(0);
    static LAZY: LazyLock<usize> = LazyLock::new(|| {
        thread::sleep(Duration::from_millis(5));
        42 + LAZY_RUNS.fetch_add(1, Ordering::Relaxed)
    });
    let wrong = AtomicUsize::new(0);
    together(50, || {
        if *LAZY != 42 {
            wrong.fetch_add(1, Ordering::Relaxed);
        }
    });
    p.outcome("lazylock-runs", LAZY_RUNS.load(Ordering::Relaxed) as i64);
    p.outcome("lazylock-wrong-results", wrong.into_inner() as i64);
}

fn after_panic(p: &mut Probe) {
    let once = Once::new();
    let runs = AtomicUsize::new(0);
    let call = || {
        once.call_once(|| {
            runs.fetch_add(1, Ordering::Relaxed);
            panic!("no config");
        });
    };
    p.outcome("first-do-panics", panics(call).is_some());
    p.outcome(
        "later-do-panics-with-poison",
        panics(call).is_some_and(|message| message.contains("poisoned")),
    );
    p.outcome("runs-after-panic", runs.load(Ordering::Relaxed) as i64);
    // A OnceLock is not poisoned: the next caller tries again.
    let lock = OnceLock::new();
    panics(AssertUnwindSafe(|| {
        *lock.get_or_init(|| -> u32 { panic!("no config") })
    }));
    p.outcome("oncelock-retries", *lock.get_or_init(|| 42) == 42);
}

/// A second thread waits for a `Once` while the function of the first one panics.
fn waiting_caller(p: &mut Probe) {
    let once = Arc::new(Once::new());
    let runs = Arc::new(AtomicUsize::new(0));
    let (started, has_started) = mpsc::channel();
    let (calls, called) = mpsc::channel();
    let first = thread::spawn({
        let (once, runs) = (Arc::clone(&once), Arc::clone(&runs));
        move || {
            panics(AssertUnwindSafe(|| {
                once.call_once(|| {
                    runs.fetch_add(1, Ordering::Relaxed);
                    let _ = started.send(());
                    let _ = called.recv();
                    // The second one needs a moment to get from there into the Once.
                    thread::sleep(Duration::from_millis(50));
                    panic!("no config");
                });
            }))
        }
    });
    let _ = has_started.recv();
    let second = thread::spawn({
        let runs = Arc::clone(&runs);
        move || {
            let _ = calls.send(());
            panics(AssertUnwindSafe(|| {
                once.call_once(|| {
                    runs.fetch_add(1, Ordering::Relaxed);
                });
            }))
        }
    });
    let panicked = |thread: thread::JoinHandle<Option<String>>| thread.join().ok().flatten();
    p.outcome("running-caller-panics", panicked(first).is_some());
    p.outcome(
        "waiting-caller-panics-with-poison",
        panicked(second).is_some_and(|message| message.contains("poisoned")),
    );
    p.outcome("runs-with-two-callers", runs.load(Ordering::Relaxed) as i64);
}

fn fast_path(p: &mut Probe) {
    const TARGET: Duration = Duration::from_millis(1);
    const WARMUP: usize = 3;
    const BATCHES: usize = 20;
    let once = Once::new();
    let mut sum = 0;
    once.call_once(|| sum += 1);
    let once = black_box(&once);
    p.bench("do", TARGET, WARMUP, BATCHES, |n| {
        for _ in 0..n {
            once.call_once(|| unreachable!());
        }
    });
    let flag = AtomicU32::new(1);
    let flag = black_box(&flag);
    p.bench("load", TARGET, WARMUP, BATCHES, |n| {
        let mut set = 0;
        for _ in 0..n {
            set |= flag.load(Ordering::Acquire);
        }
        set
    });
    let lock = OnceLock::new();
    let lock = black_box(&lock);
    p.bench("once-value", TARGET, WARMUP, BATCHES, |n| {
        let mut last = 0;
        for _ in 0..n {
            last = *black_box(lock.get_or_init(|| 42));
        }
        last
    });
    p.check(format!("{sum} {}", lock.get_or_init(|| 0)));
}

/// Runs `work` in `n` threads that start at the same time.
fn together(n: usize, work: impl Fn() + Sync) {
    let start = Barrier::new(n);
    thread::scope(|scope| {
        for _ in 0..n {
            scope.spawn(|| {
                start.wait();
                work();
            });
        }
    });
}

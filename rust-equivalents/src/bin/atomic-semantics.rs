//! What the operations of Rust's atomics return, and how a pair of values that belong together is kept.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use rust_equivalents::{Probe, Program};

fn main() -> ExitCode {
    let mut program = Program::new("atomic-semantics");
    program.case(
        "operations",
        "what each operation returns and leaves behind",
        operations,
    );
    program.case(
        "value",
        "a configuration that is replaced while others read it",
        hot_reload,
    );
    program.case(
        "two-values",
        "a pair that must stay equal, kept in three ways",
        two_values,
    );
    program.run()
}

fn operations(p: &mut Probe) {
    use Ordering::SeqCst;
    let n = AtomicI64::new(5);
    p.outcome(
        "add-returns-old",
        n.fetch_add(3, SeqCst) == 5 && n.load(SeqCst) == 8,
    );
    n.store(42, SeqCst);
    p.outcome("store-sets", n.load(SeqCst) == 42);
    p.outcome(
        "cas-fails-with-the-value",
        n.compare_exchange(41, 1, SeqCst, SeqCst) == Err(42),
    );
    p.outcome(
        "cas-succeeds-with-the-old",
        n.compare_exchange(42, 7, SeqCst, SeqCst) == Ok(42),
    );
    p.outcome("swap-returns-old", n.swap(9, SeqCst) == 7);

    const THREADS: i64 = 8;
    const EACH: i64 = 20_000;
    let counter = AtomicI64::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    p.outcome("increments-lost", THREADS * EACH - counter.into_inner());
}

struct Config {
    version: i64,
    name: String,
}

impl Config {
    fn load(version: i64) -> Arc<Self> {
        Arc::new(Config {
            version,
            name: format!("v{version}"),
        })
    }
}

/// The Arc is what is replaced; the lock is held only to clone it.
fn hot_reload(p: &mut Probe) {
    const VERSIONS: i64 = 500;
    let current = RwLock::new(Config::load(0));
    let read = || Arc::clone(&current.read().unwrap_or_else(PoisonError::into_inner));
    let (stop, inconsistent) = (AtomicBool::new(false), AtomicI64::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let config = read();
                    if config.name != format!("v{}", config.version) {
                        inconsistent.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        for version in 1..=VERSIONS {
            *current.write().unwrap_or_else(PoisonError::into_inner) = Config::load(version);
        }
        stop.store(true, Ordering::Relaxed);
    });
    p.outcome("reload-inconsistent-reads", inconsistent.into_inner());
    p.outcome("reload-last-version-arrives", read().version == VERSIONS);
}

fn two_values(p: &mut Probe) {
    let (a, b) = (AtomicI64::new(0), AtomicI64::new(0));
    let found = differs(
        |n| {
            a.store(n, Ordering::SeqCst);
            thread::yield_now();
            b.store(n, Ordering::SeqCst);
        },
        || a.load(Ordering::SeqCst) != b.load(Ordering::SeqCst),
    );
    p.outcome("differs-with-two-atomics", found);

    let pair = Mutex::new((0, 0));
    let lock = || pair.lock().unwrap_or_else(PoisonError::into_inner);
    let found = differs(
        |n| {
            let mut pair = lock();
            pair.0 = n;
            thread::yield_now();
            pair.1 = n;
        },
        || {
            let pair = lock();
            pair.0 != pair.1
        },
    );
    p.outcome("differs-with-mutex", found);
}

/// Whether `look` ever finds a difference. It stops at the first one, or after both sides have run for a while.
fn differs(write: impl Fn(i64) + Sync, look: impl Fn() -> bool) -> bool {
    const DURATION: Duration = Duration::from_millis(100);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 1;
            while !stop.load(Ordering::Relaxed) {
                write(n);
                n += 1;
            }
        });
        let start = Instant::now();
        let mut found = false;
        while !found && start.elapsed() < DURATION {
            found = look();
            thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
        found
    })
}

//! Who may hold a mutex or a reader-writer lock at the same time, and what a panic or a second lock by the holder does.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Barrier, Mutex, PoisonError, RwLock, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use rust_equivalents::{Probe, Program, panics};

/// How long something may take before it counts as blocked for ever.
const PATIENCE: Duration = Duration::from_millis(200);
/// The limit of what must happen: it is never used up where all is well.
const PLENTY: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let mut program = Program::new("mutex-semantics");
    program.case(
        "exclusive",
        "threads add to a number under a mutex; others ask for it while it is held",
        exclusive,
    );
    program.case(
        "readers",
        "readers, and readers and a writer, meet at a reader-writer lock",
        readers,
    );
    program.case(
        "waiting-writer",
        "a reader comes while a writer waits",
        waiting_writer,
    );
    program.case(
        "panic",
        "a holder panics, and so drops its guard",
        after_panic,
    );
    program.case("relock", "the holder locks again", relock);
    program.run()
}

fn exclusive(p: &mut Probe) {
    const THREADS: usize = 8;
    const EACH: usize = 20_000;
    let total = Mutex::new(0_usize);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    *total.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                }
            });
        }
    });
    let total = total.into_inner().unwrap_or_default();
    p.outcome("increments-lost", (THREADS * EACH) as i64 - total as i64);

    let mutex = Arc::new(Mutex::new(()));
    let held = mutex.lock();
    p.outcome("trylock-while-held", mutex.try_lock().is_ok());
    let other = Arc::clone(&mutex);
    let second = spawn(move || drop(other.lock()));
    p.outcome(
        "lock-while-held-returns",
        second.recv_timeout(PATIENCE).is_ok(),
    );
    drop(held);
    p.outcome(
        "lock-after-unlock-returns",
        second.recv_timeout(PLENTY).is_ok(),
    );
}

fn readers(p: &mut Probe) {
    let lock = Arc::new(RwLock::new(()));
    let all = Arc::new(Barrier::new(4));
    let met: Vec<_> = (0..4)
        .map(|_| {
            let (lock, all) = (Arc::clone(&lock), Arc::clone(&all));
            spawn(move || {
                let _guard = lock.read();
                all.wait();
            })
        })
        .collect();
    let met = met.iter().all(|done| done.recv_timeout(PLENTY).is_ok());
    p.outcome("four-readers-meet", met);

    let lock = Arc::new(RwLock::new(()));
    let held = lock.write();
    p.outcome("tryrlock-while-written", lock.try_read().is_ok());
    p.outcome("trylock-while-written", lock.try_write().is_ok());
    let (to_read, to_write) = (Arc::clone(&lock), Arc::clone(&lock));
    let reader = spawn(move || drop(to_read.read()));
    let writer = spawn(move || drop(to_write.write()));
    p.outcome(
        "reader-enters-while-written",
        reader.recv_timeout(PATIENCE).is_ok(),
    );
    p.outcome(
        "writer-enters-while-written",
        writer.recv_timeout(PATIENCE / 10).is_ok(),
    );
    drop(held);
    p.outcome(
        "both-enter-after-unlock",
        reader.recv_timeout(PLENTY).is_ok() && writer.recv_timeout(PLENTY).is_ok(),
    );
    let _held = lock.read();
    p.outcome("trylock-while-read", lock.try_write().is_ok());
    p.outcome("tryrlock-while-read", lock.try_read().is_ok());
}

fn waiting_writer(p: &mut Probe) {
    let lock = Arc::new(RwLock::new(()));
    let old = lock.read();
    let (order, came) = mpsc::channel();
    let (to_write, to_read) = (Arc::clone(&lock), Arc::clone(&lock));
    let second = order.clone();
    thread::spawn(move || {
        let _guard = to_write.write();
        order.send("writer")
    });
    // A reader can still come in until the writer has announced itself.
    let start = Instant::now();
    while lock.try_read().is_ok() && start.elapsed() < PLENTY {
        thread::sleep(Duration::from_millis(1));
    }
    let entered = spawn(move || {
        let _guard = to_read.read();
        // The receiver outlives both.
        let _ = second.send("reader");
    });
    p.outcome(
        "new-reader-enters-while-writer-waits",
        entered.recv_timeout(PATIENCE).is_ok(),
    );
    drop(old);
    let order: Vec<&str> = (0..2)
        .filter_map(|_| came.recv_timeout(PLENTY).ok())
        .collect();
    p.outcome("order-after-the-old-reader", order.join(", "));
    p.outcome("writer-gets-in-among-readers", writer_among_readers());
}

/// Whether a writer gets a lock whose readers' sections overlap, so that it is never free of them unless new ones are
/// held back.
fn writer_among_readers() -> bool {
    let lock = Arc::new(RwLock::new(()));
    let stop = Arc::new(AtomicBool::new(false));
    let (inside, overlaps) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for _ in 0..4 {
        let (lock, stop) = (Arc::clone(&lock), Arc::clone(&stop));
        let (inside, overlaps) = (Arc::clone(&inside), Arc::clone(&overlaps));
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let _guard = lock.read();
                if inside.fetch_add(1, Ordering::Relaxed) > 0 {
                    overlaps.fetch_add(1, Ordering::Relaxed);
                }
                thread::sleep(Duration::from_millis(1));
                inside.fetch_sub(1, Ordering::Relaxed);
            }
        });
    }
    let start = Instant::now();
    while overlaps.load(Ordering::Relaxed) < 10 && start.elapsed() < PLENTY {
        thread::sleep(Duration::from_millis(1));
    }
    let got = spawn(move || drop(lock.write())).recv_timeout(PLENTY);
    stop.store(true, Ordering::Relaxed);
    got.is_ok()
}

fn after_panic(p: &mut Probe) {
    let mutex = Mutex::new(());
    panics(AssertUnwindSafe(|| {
        let _guard = mutex.lock();
        panic!("inside");
    }));
    let (held, poisoned) = match mutex.try_lock() {
        Ok(_) => (false, false),
        Err(TryLockError::Poisoned(_)) => (false, true),
        Err(TryLockError::WouldBlock) => (true, mutex.is_poisoned()),
    };
    p.outcome("free-after-panic", !held);
    p.outcome("poisoned-after-panic", poisoned);
}

fn relock(p: &mut Probe) {
    let twice = spawn(|| {
        let mutex = Mutex::new(());
        let _first = mutex.lock();
        let _second = mutex.lock();
    });
    // std leaves open whether this blocks or panics; a panic would close the channel.
    let fate = match twice.recv_timeout(PATIENCE) {
        Ok(()) => "locked twice",
        Err(mpsc::RecvTimeoutError::Timeout) => "blocks",
        Err(mpsc::RecvTimeoutError::Disconnected) => "panics",
    };
    p.outcome("lock-twice", fate);
    let mutex = Mutex::new(());
    let _held = mutex.lock();
    p.outcome("trylock-by-holder", mutex.try_lock().is_ok());
}

/// Runs `f` in a thread that tells when it is done.
fn spawn(f: impl FnOnce() + Send + 'static) -> Receiver<()> {
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        f();
        // Nobody listens any more where it came too late.
        let _ = done.send(());
    });
    wait
}

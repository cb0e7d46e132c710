//! What Rust's atomics order: a store-buffer test and a message behind a flag, by memory ordering.

use std::hint::spin_loop;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rust_equivalents::Program;

/// Rounds of a test.
const ROUNDS: u32 = 100_000;
/// Ends a test on a machine that is too busy for its rounds.
const DURATION: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let mut program = Program::new("memory-model");
    program.case(
        "store-buffer",
        "each of two threads writes its variable and reads the other's",
        |p| {
            p.outcome(
                "both-old-with-seqcst",
                both_old(Ordering::SeqCst, Ordering::SeqCst),
            );
            // A busy machine may never run both sides at the same time in one test.
            let relaxed = (0..5).any(|_| both_old(Ordering::Relaxed, Ordering::Relaxed));
            p.outcome("both-old-with-relaxed", relaxed);
        },
    );
    program.case("message", "data behind a flag, release and acquire", |p| {
        p.outcome("stale-data-behind-flag", stale_messages());
    });
    program.run()
}

/// A variable with a cache line of its own.
#[repr(align(128))]
#[derive(Default)]
struct Variable(AtomicU32);

#[derive(Default)]
struct Litmus {
    ready: [Variable; 2],
    vars: [Variable; 2],
    stop: AtomicBool,
}

impl Litmus {
    /// Waits until both sides are in round `r`; false when the test is over.
    fn meet(&self, me: usize, r: u32) -> bool {
        self.ready[me].0.store(r, Ordering::SeqCst);
        while self.ready[1 - me].0.load(Ordering::SeqCst) < r {
            if self.stop.load(Ordering::Relaxed) {
                return false;
            }
            spin_loop();
        }
        true
    }

    /// In round r writes r to its own variable and keeps what the other's holds.
    fn side(&self, me: usize, store: Ordering, load: Ordering) -> Vec<u32> {
        let start = Instant::now();
        let mut seen = Vec::with_capacity(ROUNDS as usize);
        for r in 1..=ROUNDS {
            if r % 256 == 0 && start.elapsed() > DURATION {
                self.stop.store(true, Ordering::Relaxed);
            }
            if !self.meet(me, r) {
                break;
            }
            self.vars[me].0.store(r, store);
            seen.push(self.vars[1 - me].0.load(load));
        }
        self.stop.store(true, Ordering::Relaxed);
        seen
    }
}

/// Whether there was a round in which neither side saw the other's write: no order of the four steps, one after the
/// other, can give that.
fn both_old(store: Ordering, load: Ordering) -> bool {
    let litmus = Litmus::default();
    let (a, b) = thread::scope(|scope| {
        let other = scope.spawn(|| litmus.side(1, store, load));
        (
            litmus.side(0, store, load),
            other.join().unwrap_or_default(),
        )
    });
    (1..)
        .zip(a.iter().zip(&b))
        .any(|(r, (a, b))| *a < r && *b < r)
}

/// Counts data older than the flag behind which it was written.
fn stale_messages() -> i64 {
    const MESSAGES: u32 = 20_000;
    let (data, flag, taken) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
    let start = Instant::now();
    let late = || start.elapsed() > DURATION;
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1..=MESSAGES {
                while taken.load(Ordering::Acquire) != n - 1 {
                    if late() {
                        return;
                    }
                }
                data.store(n, Ordering::Relaxed);
                flag.store(n, Ordering::Release);
            }
        });
        let mut stale = 0;
        for n in 1..=MESSAGES {
            while flag.load(Ordering::Acquire) != n {
                if late() {
                    return stale;
                }
            }
            stale += i64::from(data.load(Ordering::Relaxed) != n);
            taken.store(n, Ordering::Release);
        }
        stale
    })
}

//! Waiting for a group of threads: a scope, which joins what was spawned in it, and a channel whose senders are dropped,
//! which is the nearest thing to a counter.

use std::process::ExitCode;
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use rust_equivalents::{Probe, Program, returns};

/// How long something must not return to count as blocked for ever.
const BLOCKED: Duration = Duration::from_millis(300);
const MEMBERS: i64 = 4;

fn main() -> ExitCode {
    let mut program = Program::new("waitgroup");
    let runs = program.param("runs", 200_i64, "groups of four threads in an invocation");
    program.case("api", "scopes, dropped senders and barriers", api);
    program.case(
        "early",
        "how often waiting ends before the threads have",
        move |p| early(p, runs),
    );
    program.run()
}

fn api(p: &mut Probe) {
    let (done, all) = channel::<()>();
    let keep = done.clone();
    drop(done);
    // The handle that main forgot to drop counts as a member: this is the mistake that Rust allows.
    p.outcome(
        "a-kept-handle-blocks",
        !returns(BLOCKED, move || {
            let _ = all.recv();
        }),
    );
    drop(keep);

    // A barrier can be used again and again.
    let barrier = Barrier::new(MEMBERS as usize);
    let (leaders, rounds) = (AtomicI64::new(0), 100);
    thread::scope(|scope| {
        for _ in 0..MEMBERS {
            scope.spawn(|| {
                for _ in 0..rounds {
                    if barrier.wait().is_leader() {
                        leaders.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    p.outcome("barrier-rounds-of-100", leaders.load(Ordering::SeqCst));
}

fn early(p: &mut Probe, runs: i64) {
    let (mut of_scope, mut of_channel) = (0, 0);
    for _ in 0..runs {
        let worked = AtomicI64::new(0);
        thread::scope(|scope| {
            for _ in 0..MEMBERS {
                scope.spawn(|| worked.fetch_add(1, Ordering::SeqCst));
            }
        });
        of_scope += i64::from(worked.load(Ordering::SeqCst) < MEMBERS);

        let (done, all) = channel::<()>();
        let worked = AtomicI64::new(0);
        thread::scope(|scope| {
            for _ in 0..MEMBERS {
                // The thread owns its handle, so it has it before it starts.
                let done = done.clone();
                let worked = &worked;
                scope.spawn(move || {
                    worked.fetch_add(1, Ordering::SeqCst);
                    drop(done);
                });
            }
            drop(done);
            let _ = all.recv();
            of_channel += i64::from(worked.load(Ordering::SeqCst) < MEMBERS);
        });
    }
    p.outcome("early-with-a-scope", of_scope);
    p.outcome("early-with-dropped-senders", of_channel);
}

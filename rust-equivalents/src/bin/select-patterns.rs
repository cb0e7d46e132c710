//! What select is used for, with crossbeam's between threads and tokio's between tasks: waiting for one of several, not
//! waiting at all, stopping a loop, preferring one branch, and waiting for ever.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, select, unbounded};
use rust_equivalents::{Probe, Program, Unit, returns, run_child};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

/// How long something must not return to count as blocked for ever.
const BLOCKED: Duration = Duration::from_millis(300);
/// The limit for what does return, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let mut program = Program::new("select-patterns");
    program.case(
        "waiting",
        "select with and without default, ready and not",
        waiting,
    );
    program.case(
        "done-loop",
        "a loop that works until it is told to stop",
        done_loop,
    );
    program.case(
        "priority",
        "a biased select that prefers one branch",
        priority,
    );
    program.case(
        "empty",
        "what becomes of programs whose main only waits",
        empty,
    );
    program.case(
        "child-alone",
        "child: main is parked, and nothing else runs",
        |_| park_for_ever(),
    );
    program.case(
        "child-no-wait",
        "child: main returns beside a thread that goes on",
        |_| {
            thread::spawn(park_for_ever);
        },
    );
    program.run()
}

fn park_for_ever() {
    loop {
        thread::park();
    }
}

fn waiting(p: &mut Probe) {
    let (to_a, a) = bounded::<()>(0);
    let (to_b, b) = bounded::<()>(0);
    let (done, taken) = bounded(1);
    let (one, other) = (a.clone(), b.clone());
    thread::spawn(move || {
        let which = select! {
            recv(one) -> _ => "a",
            recv(other) -> _ => "b",
        };
        let _ = done.send(which);
    });
    p.outcome(
        "returns-before-a-case-is-ready",
        taken.recv_timeout(BLOCKED).is_ok(),
    );
    let _ = to_b.send(());
    p.outcome("case-taken", taken.recv_timeout(PATIENCE).unwrap_or("none"));

    let mut defaults = 0;
    for _ in 0..1000 {
        select! {
            recv(a) -> _ => {}
            recv(b) -> _ => {}
            default => defaults += 1,
        }
    }
    p.outcome("default-taken-of-1000-when-nothing-is-ready", defaults);
    drop((to_a, to_b));
}

/// The loop that is to stop; it counts what it has done.
fn work(stop: &Receiver<()>, items: &Receiver<()>, done: &AtomicI64) {
    loop {
        select! {
            recv(stop) -> _ => return,
            recv(items) -> _ => done.fetch_add(1, Ordering::SeqCst),
        };
    }
}

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().build();
    runtime.unwrap_or_else(|error| panic!("no runtime: {error}"))
}

fn done_loop(p: &mut Probe) {
    let (cancel, stop) = bounded::<()>(0);
    let (_idle, items) = bounded::<()>(0);
    let done = Arc::new(AtomicI64::new(0));
    let (say, ended) = bounded(1);
    let counter = Arc::clone(&done);
    thread::spawn(move || {
        work(&stop, &items, &counter);
        let _ = say.send(());
    });
    p.outcome(
        "idle-loop-ends-by-itself",
        ended.recv_timeout(BLOCKED).is_ok(),
    );
    drop(cancel);
    p.outcome(
        "idle-loop-ends-when-told",
        ended.recv_timeout(PATIENCE).is_ok(),
    );

    // Always something to do: both branches are ready, because nobody can send any more.
    let loops = 2000;
    let stop = bounded::<()>(0).1;
    let items = bounded::<()>(0).1;
    for _ in 0..loops {
        work(&stop, &items, &done);
    }
    p.value(
        "items-after-the-end",
        Unit::One,
        done.load(Ordering::SeqCst) as f64 / f64::from(loops),
    );

    let after = runtime().block_on(async {
        let mut after = 0_i64;
        for _ in 0..loops {
            let (stop, items) = (std::future::ready(()), std::future::ready(()));
            tokio::select! {
                biased;
                () = stop => {}
                () = items => after += 1,
            }
        }
        after
    });
    p.outcome("biased-loop-did-nothing-after-the-end", after == 0);
}

fn priority(p: &mut Probe) {
    const ITEMS: usize = 1000;
    let early = runtime().block_on(async {
        let (to_high, mut high) = mpsc::channel(ITEMS);
        let (to_low, mut low) = mpsc::channel(ITEMS);
        for item in 0..ITEMS {
            let _ = to_high.send(item).await;
            let _ = to_low.send(item).await;
        }
        let mut early = 0_i64;
        while !high.is_empty() {
            tokio::select! {
                biased;
                _ = high.recv() => {}
                _ = low.recv() => early += 1,
            }
        }
        early
    });
    p.outcome("low-before-the-last-high", early);

    let (to_high, high) = unbounded();
    let (to_low, low) = unbounded();
    for item in 0..ITEMS {
        let _ = to_high.send(item);
        let _ = to_low.send(item);
    }
    let mut early = 0;
    while !high.is_empty() {
        crossbeam_channel::select_biased! {
            recv(high) -> _ => {}
            recv(low) -> _ => early += 1,
        }
    }
    p.outcome("low-before-the-last-high-of-threads", early);
}

fn empty(p: &mut Probe) {
    for child in ["alone", "no-wait"] {
        let limit = if child == "alone" {
            BLOCKED * 2
        } else {
            PATIENCE
        };
        let fate = run_child(limit, &[], &[&format!("--case=child-{child}")])
            .map_or_else(|error| error.to_string(), |child| child.fate());
        p.outcome(child, fate);
    }
    p.outcome("parked-thread-returns", returns(BLOCKED, park_for_ever));
}

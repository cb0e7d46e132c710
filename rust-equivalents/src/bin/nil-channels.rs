//! What stands in for a nil channel: crossbeam's `never()`, a guard of tokio's `select!`, an `Option` that is `None`.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use rust_equivalents::{Probe, Program, returns};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

/// How long something must not return to count as blocked for ever.
const BLOCKED: Duration = Duration::from_millis(300);
/// The limit for what does return, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a select is repeated.
const ROUNDS: i64 = 1000;

fn main() -> ExitCode {
    let mut program = Program::new("nil-channels");
    program.case("alone", "a channel that never gives anything", alone);
    program.case("select", "such channels in a select", in_select);
    program.case(
        "merge",
        "two channels are merged until both are closed",
        merging,
    );
    program.run()
}

fn alone(p: &mut Probe) {
    p.outcome(
        "receive-returns",
        returns(BLOCKED, || {
            let _ = never::<i64>().recv();
        }),
    );
    // No channel, no handle: there is nothing to send to, and dropping it does nothing.
    let absent: Option<Sender<i64>> = None;
    p.outcome(
        "absent-sender-sends",
        absent.as_ref().is_some_and(|c| c.send(1).is_ok()),
    );
    drop(absent);
    p.outcome("absent-sender-is-dropped", true);
}

fn in_select(p: &mut Probe) {
    let (sender, ready) = bounded::<()>(0);
    drop(sender);
    let (mut other, mut off) = (0, 0);
    let disabled = never::<()>();
    for _ in 0..ROUNDS {
        select! {
            recv(disabled) -> _ => off += 1,
            recv(ready) -> _ => other += 1,
        }
    }
    p.outcome("never-case-taken", off);
    p.outcome("other-case-taken", other);

    let mut defaults = 0;
    for _ in 0..ROUNDS {
        select! {
            recv(disabled) -> _ => {}
            default => defaults += 1,
        }
    }
    p.outcome("default-taken-of-1000", defaults);

    let runtime = Builder::new_current_thread().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    let (guarded, free) = runtime.block_on(async {
        let (sender, mut closed) = mpsc::channel::<()>(1);
        drop(sender);
        let (sender, mut also_closed) = mpsc::channel::<()>(1);
        drop(sender);
        let enabled = std::hint::black_box(false);
        let (mut guarded, mut free) = (0, 0);
        for _ in 0..ROUNDS {
            tokio::select! {
                _ = closed.recv(), if enabled => guarded += 1,
                _ = also_closed.recv() => free += 1,
            }
        }
        (guarded, free)
    });
    p.outcome("guarded-branch-taken", guarded);
    p.outcome("free-branch-taken", free);
}

/// Sends what comes from both to the channel that it returns, which is closed when both are.
fn merge(mut a: Receiver<i64>, mut b: Receiver<i64>) -> Receiver<i64> {
    let (sender, merged) = bounded(0);
    thread::spawn(move || {
        let mut open = 2;
        while open > 0 {
            let (value, from) = select! {
                recv(a) -> value => (value, &mut a),
                recv(b) -> value => (value, &mut b),
            };
            match value {
                Ok(value) if sender.send(value).is_ok() => {}
                // Nobody wants the rest.
                Ok(_) => return,
                Err(_) => {
                    *from = never();
                    open -= 1;
                }
            }
        }
    });
    merged
}

fn source(first: i64, n: i64) -> Receiver<i64> {
    let (sender, receiver) = bounded(0);
    thread::spawn(move || (first..first + n).all(|value| sender.send(value).is_ok()));
    receiver
}

fn merging(p: &mut Probe) {
    for (name, values) in [
        ("both", (5, 7)),
        ("first-empty", (0, 7)),
        ("second-empty", (1000, 0)),
    ] {
        let merged = merge(source(0, values.0), source(1 << 20, values.1));
        let (done, result) = bounded(1);
        let ends = returns(PATIENCE, move || {
            let (low, high): (Vec<i64>, Vec<i64>) = merged.iter().partition(|v| *v < 1 << 20);
            let _ = done.send(
                low.into_iter().eq(0..values.0)
                    && high.into_iter().eq(1 << 20..(1 << 20) + values.1),
            );
        });
        p.outcome(&format!("{name}-ends"), ends);
        p.outcome(
            &format!("{name}-complete-and-in-order"),
            result.try_recv().unwrap_or(false),
        );
    }
}

//! What becomes of crossbeam's channels when one side is gone: there is no close, the last handle that is dropped closes.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{bounded, unbounded};
use rust_equivalents::{Probe, Program, returns};

/// How long something must not return to count as blocked for ever.
const BLOCKED: Duration = Duration::from_millis(300);
/// The limit for what does return, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(20);
/// Threads that wait for one drop.
const WAITERS: i64 = 100;
const SENDERS: i64 = 4;
/// What each of the senders has to send.
const VALUES: i64 = 10_000;

fn main() -> ExitCode {
    let mut program = Program::new("closed-channels");
    program.case(
        "receive",
        "what a channel without senders gives, and when a loop over it ends",
        receive,
    );
    program.case("misuse", "sending when nobody can receive any more", misuse);
    program.case(
        "broadcast",
        "dropping the sender for which many threads wait",
        broadcast,
    );
    program.case(
        "several",
        "several threads that send to one channel, and a receiver that goes",
        several,
    );
    program.run()
}

fn receive(p: &mut Probe) {
    let (sender, receiver) = bounded(3);
    for value in 1..=3 {
        let _ = sender.send(value);
    }
    drop(sender);
    let seen: Vec<String> = (0..5)
        .map(|_| match receiver.recv() {
            Ok(value) => value.to_string(),
            Err(error) => format!("Err({error:?})"),
        })
        .collect();
    p.outcome("values", seen.join(", "));

    let (sender, receiver) = bounded(3);
    for value in 1..=3_i64 {
        let _ = sender.send(value);
    }
    drop(sender);
    p.outcome("loop-sum", receiver.iter().sum::<i64>());
    let (_sender, receiver) = bounded::<i64>(3);
    p.outcome(
        "loop-over-an-open-channel-ends",
        returns(BLOCKED, move || receiver.iter().for_each(drop)),
    );
}

fn misuse(p: &mut Probe) {
    let (sender, receiver) = bounded(1);
    drop(receiver);
    let answer = sender.send(7);
    p.outcome("send", if answer.is_err() { "Err" } else { "Ok" });
    p.outcome(
        "value-comes-back",
        answer.err().map_or(0, |error| error.into_inner()),
    );

    // A sender that waits already.
    let (sender, receiver) = bounded(0);
    let waiting = thread::spawn(move || sender.send(7_i64).is_err());
    thread::sleep(BLOCKED);
    drop(receiver);
    p.outcome("waiting-send-gets-err", waiting.join().unwrap_or(false));
}

fn broadcast(p: &mut Probe) {
    let (done, wait) = bounded::<()>(0);
    let woken = Arc::new(AtomicI64::new(0));
    let threads: Vec<_> = (0..WAITERS)
        .map(|_| {
            let (wait, woken) = (wait.clone(), Arc::clone(&woken));
            thread::spawn(move || {
                let _ = wait.recv();
                woken.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    thread::sleep(BLOCKED / 3);
    p.outcome("woken-before-the-drop", woken.load(Ordering::SeqCst));
    drop(done);
    p.outcome(
        "all-return",
        returns(PATIENCE, move || {
            for thread in threads {
                let _ = thread.join();
            }
        }),
    );
    p.outcome("woken-by-one-drop", woken.load(Ordering::SeqCst));
}

fn several(p: &mut Probe) {
    let (sender, receiver) = unbounded();
    for _ in 0..SENDERS {
        let sender = sender.clone();
        thread::spawn(move || (0..VALUES).all(|value| sender.send(value).is_ok()));
    }
    // The clones keep the channel open; the last of them to go closes it.
    drop(sender);
    p.outcome("received-of-all-senders", receiver.iter().count() as i64);

    let (sender, receiver) = bounded(0);
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let sender = sender.clone();
            thread::spawn(move || (0..VALUES).find_map(|value| sender.send(value).err()))
        })
        .collect();
    for _ in 0..100 {
        let _ = receiver.recv();
    }
    drop(receiver);
    let told = senders
        .into_iter()
        .filter_map(|thread| thread.join().ok())
        .filter(Option::is_some);
    p.outcome(
        "senders-that-get-err-when-the-receiver-goes",
        told.count() as i64,
    );
}

//! Crossbeam's bounded channels between threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{TrySendError, bounded};
use rust_equivalents::{Probe, returns};

use crate::{BLOCKED, PATIENCE};

/// How much later than the one side the other one comes.
const LATE: Duration = Duration::from_millis(50);

pub fn rendezvous(p: &mut Probe) {
    // The other ends live on: without them the operations would return an error at once.
    let (sender, _receiver) = bounded(0);
    let sent = thread::spawn(move || {
        returns(BLOCKED, move || {
            let _ = sender.send(1);
        })
    });
    let (_sender, receiver) = bounded::<i64>(0);
    p.outcome(
        "receive-returns-alone",
        returns(BLOCKED, move || {
            let _ = receiver.recv();
        }),
    );
    // A panic of that thread would be no answer.
    p.outcome("send-returns-alone", sent.join().unwrap_or(true));

    let (sender, receiver) = bounded(0);
    let came = AtomicBool::new(false);
    let got = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(LATE);
            came.store(true, Ordering::SeqCst);
            receiver.recv()
        });
        let _ = sender.send(1_i64);
        p.outcome(
            "send-waits-for-the-receiver",
            came.swap(false, Ordering::SeqCst),
        );
        scope.spawn(|| {
            thread::sleep(LATE);
            came.store(true, Ordering::SeqCst);
            sender.send(7)
        });
        receiver.recv()
    });
    p.outcome("receive-waits-for-the-sender", came.load(Ordering::SeqCst));
    p.outcome("value-received", got.unwrap_or_default());
}

pub fn buffered(p: &mut Probe) {
    const PLACES: i64 = 5;
    let (sender, receiver) = bounded(5);
    let blocked = {
        let sender = sender.clone();
        thread::spawn(move || (0..=PLACES).all(|v| sender.send(v).is_ok()))
    };
    let (_sender, empty) = bounded::<i64>(5);
    p.outcome(
        "receive-of-empty-returns",
        returns(BLOCKED, move || {
            let _ = empty.recv();
        }),
    );
    p.outcome("sends-before-one-blocks", receiver.len() as i64);
    p.outcome("the-next-send-still-waits", !blocked.is_finished());
    let source = receiver.clone();
    p.outcome(
        "receive-with-values-returns",
        returns(PATIENCE, move || {
            let _ = source.recv();
        }),
    );
    p.outcome(
        "blocked-send-returns-after-a-receive",
        returns(PATIENCE, move || {
            let _ = blocked.join();
        }),
    );
}

pub fn try_send(p: &mut Probe) {
    let (sender, receiver) = bounded(2);
    p.outcome(
        "sends-into-free-places",
        sender.try_send(1).is_ok() && sender.try_send(2).is_ok(),
    );
    let mut refused = 0;
    for value in 0..1000 {
        // The value comes back with the error: nothing is lost without notice.
        if let Err(TrySendError::Full(back)) = sender.try_send(value) {
            refused += i64::from(back == value);
        }
    }
    p.outcome("full-returned-of-1000", refused);
    p.outcome("values-in-the-channel", receiver.len() as i64);
}

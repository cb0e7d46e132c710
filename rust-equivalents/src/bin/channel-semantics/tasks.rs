//! Tokio's channels, on one thread: the order of tasks is then known.

use std::future::Future;

use rust_equivalents::Probe;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};
use tokio::task;

/// How many tasks queue up.
const WAITERS: i64 = 100;

fn on_one_thread<T>(f: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    runtime.block_on(f)
}

pub fn latest_value(p: &mut Probe) {
    let (sender, mut receiver) = watch::channel(0);
    for value in 1..=10 {
        sender.send_replace(value);
    }
    p.outcome("watch-keeps", i64::from(*receiver.borrow_and_update()));
    p.outcome("watch-has-news", receiver.has_changed().unwrap_or(false));

    let (sender, mut receiver) = mpsc::channel(1);
    for value in 1..=10 {
        // What does not fit is given back, and dropped here.
        let _full = sender.try_send(value);
    }
    p.outcome(
        "try-send-keeps",
        i64::from(receiver.try_recv().unwrap_or(0)),
    );
}

pub fn queue(p: &mut Probe) {
    let misplaced = on_one_thread(async {
        let (sender, mut receiver) = mpsc::channel(1);
        // Takes the only place, so that all others wait.
        let _ = sender.send(-1).await;
        for value in 0..WAITERS {
            let sender = sender.clone();
            task::spawn(async move {
                let _ = sender.send(value).await;
            });
            task::yield_now().await;
        }
        let mut misplaced = 0;
        for value in -1..WAITERS {
            misplaced += i64::from(receiver.recv().await != Some(value));
        }
        misplaced
    });
    p.outcome("senders-out-of-order", misplaced);
}

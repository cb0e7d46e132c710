//! The selects. Their branches are fixed in the source, so there is one for each number.

use std::future::{Future, pending, ready};
use std::pin::Pin;

use crossbeam_channel::{Receiver, bounded, never, select};
use tokio::runtime::{Builder, Runtime};

/// Says which branch was taken.
pub type Choose = Box<dyn FnMut() -> usize>;

/// A select of a kind with 2 or 4 branches, of which the first `open` are always ready.
pub fn chooser(kind: &str, branches: usize, open: usize) -> Choose {
    match (kind, branches) {
        ("crossbeam", 2) => {
            let (a, b) = (receiver(0 < open), receiver(1 < open));
            Box::new(move || {
                select! { recv(a) -> _ => 0, recv(b) -> _ => 1 }
            })
        }
        ("crossbeam", _) => {
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| receiver(i < open));
            Box::new(move || {
                select! { recv(a) -> _ => 0, recv(b) -> _ => 1, recv(c) -> _ => 2, recv(d) -> _ => 3 }
            })
        }
        ("tokio-biased", _) => {
            let runtime = runtime();
            Box::new(move || {
                let [a, b, c, d] = [0, 1, 2, 3].map(|i| future(i < open));
                runtime.block_on(async {
                    tokio::select! { biased; () = a => 0, () = b => 1, () = c => 2, () = d => 3 }
                })
            })
        }
        (_, 2) => {
            let runtime = runtime();
            Box::new(move || {
                let [a, b] = [0, 1].map(|i| future(i < open));
                runtime.block_on(async {
                    tokio::select! { () = a => 0, () = b => 1 }
                })
            })
        }
        _ => {
            let runtime = runtime();
            Box::new(move || {
                let [a, b, c, d] = [0, 1, 2, 3].map(|i| future(i < open));
                runtime.block_on(async {
                    tokio::select! { () = a => 0, () = b => 1, () = c => 2, () = d => 3 }
                })
            })
        }
    }
}

/// A receiver that is always ready, because nobody can send any more, or never.
fn receiver(ready: bool) -> Receiver<()> {
    if ready { bounded(0).1 } else { never() }
}

fn future(is_ready: bool) -> Pin<Box<dyn Future<Output = ()>>> {
    if is_ready {
        Box::pin(ready(()))
    } else {
        Box::pin(pending())
    }
}

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().build();
    runtime.unwrap_or_else(|error| panic!("no runtime: {error}"))
}

//! Coordination by a mutex in place of a channel.

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use rust_equivalents::Probe;

use crate::threads::{start, workers};
use crate::{SAMPLES, Setup, WARMUP, delivered};

/// Takes and releases a mutex that nobody else wants.
pub fn alone(p: &mut Probe, setup: Setup) {
    let sum = Mutex::new(0);
    p.batches("critical-section", setup.ops, WARMUP, SAMPLES, |n| {
        for i in 0..n {
            *sum.lock().unwrap_or_else(PoisonError::into_inner) += i;
        }
    });
    p.check(delivered(
        sum.into_inner().unwrap_or_default(),
        setup.ops,
        1,
    ));
}

/// Critical sections of threads that all want the same mutex.
pub fn contended(p: &mut Probe, setup: Setup) {
    let sum = Arc::new(Mutex::new(0));
    let (finished, done) = mpsc::channel();
    let starts = workers(setup.senders, |_| {
        let (sum, finished) = (Arc::clone(&sum), finished.clone());
        move |n| {
            for i in 0..n {
                *sum.lock().unwrap_or_else(PoisonError::into_inner) += i;
            }
            let _ = finished.send(());
        }
    });
    p.batches("critical-section", setup.ops, WARMUP, SAMPLES, |n| {
        start(&starts, n);
        done.iter().take(starts.len()).count()
    });
    let sum = *sum.lock().unwrap_or_else(PoisonError::into_inner);
    p.check(delivered(sum, setup.ops, setup.senders));
}

//! A producer and a consumer at given rates.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use rust_equivalents::{Probe, Unit, nanos};

const TURN: Duration = Duration::from_millis(1);

/// Runs both until a send finds the channel full. They act by the clock and not by sleeps: whoever wakes late does what
/// is due.
pub fn consumer(p: &mut Probe, capacity: usize, rate_in: u32, rate_out: u32) {
    let (sender, receiver) = bounded(capacity);
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    let due = |rate: u32| (start.elapsed().as_secs_f64() * f64::from(rate)) as u64;
    let took = thread::scope(|scope| {
        scope.spawn(|| {
            let mut taken = 0;
            while !stop.load(Ordering::Relaxed) {
                while taken < due(rate_out) {
                    match receiver.try_recv() {
                        Ok(_) => taken += 1,
                        // The producer is behind its time: what is due comes with the next turn.
                        Err(_) => taken = due(rate_out),
                    }
                }
                thread::sleep(TURN);
            }
        });
        let mut sent = 0;
        let took = 'producer: loop {
            while sent < due(rate_in) {
                if sender.try_send(sent).is_err() {
                    break 'producer start.elapsed();
                }
                sent += 1;
            }
            thread::sleep(TURN);
        };
        stop.store(true, Ordering::Relaxed);
        took
    });
    let took = nanos(took) as f64;
    p.outcome("a-send-blocks", true);
    p.value("full-after", Unit::Nanoseconds, took);
    // What the same channel would last at a thousand values a second.
    p.value(
        "full-after-at-1000",
        Unit::Nanoseconds,
        took * f64::from(rate_in) / 1000.0,
    );
}

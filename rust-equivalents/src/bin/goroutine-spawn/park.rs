//! Memory of units that wait, read at growing numbers of them.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use corosensei::Coroutine;
use rust_equivalents::{Phase, Probe, Unit, proc_status};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::limits::{memory_lack, thread_lack};
use crate::spawn::{current_thread_runtime, multi_thread_runtime};
use crate::thread::Stack;
use crate::{Impl, OrFatal, fatal};

/// At how many numbers of parked units the memory is read.
const STEPS: u64 = 8;

/// What is parked stays parked, so that the memory is there for the harness to see.
pub fn tasks(p: &mut Probe, unit: Impl, units: u64) {
    let lack = match unit {
        // A coroutine's stack and its guard are two mappings, as a thread's are.
        Impl::Coroutine => thread_lack(units),
        _ => memory_lack(units),
    };
    if let Some(lack) = lack {
        p.absent("rss", Unit::Bytes, &lack);
        p.absent("parked", Unit::One, &lack);
        p.absent("threads", Unit::One, &lack);
        return;
    }
    let parked = match unit {
        Impl::TokioCurrent => park_in(p, current_thread_runtime(), units),
        Impl::TokioMulti => park_in(p, multi_thread_runtime(), units),
        Impl::Coroutine => suspend(p, units),
        Impl::Thread | Impl::Scope => fatal("park", "threads have a case of their own"),
    };
    p.value("parked", Unit::One, parked as f64);
    p.check(format!("parked {units}"));
}

fn park_in(p: &mut Probe, runtime: Runtime, units: u64) -> u64 {
    let release = Arc::new(Notify::new());
    let parked = Arc::new(AtomicU64::new(0));
    for step in steps(units) {
        let until = step.end;
        for _ in step {
            let (release, parked) = (Arc::clone(&release), Arc::clone(&parked));
            runtime.spawn(async move {
                parked.fetch_add(1, Ordering::Relaxed);
                release.notified().await;
            });
        }
        runtime.block_on(async {
            while parked.load(Ordering::Relaxed) < until {
                tokio::task::yield_now().await;
            }
        });
        sample(p, "rss", "VmRSS", until);
    }
    p.value("threads", Unit::One, status("Threads"));
    // Dropping it would drop the tasks.
    std::mem::forget(runtime);
    parked.load(Ordering::Relaxed)
}

fn suspend(p: &mut Probe, units: u64) -> u64 {
    let mut coroutines = Vec::with_capacity(units as usize);
    for step in steps(units) {
        let until = step.end;
        for _ in step {
            let mut coroutine = Coroutine::<(), (), ()>::new(|yielder, ()| yielder.suspend(()));
            coroutine.resume(());
            coroutines.push(coroutine);
        }
        sample(p, "rss", "VmRSS", until);
    }
    p.value("threads", Unit::One, status("Threads"));
    let parked = coroutines
        .iter()
        .filter(|c| c.started() && !c.done())
        .count();
    // Dropping them would unwind every stack.
    std::mem::forget(coroutines);
    parked as u64
}

pub fn threads(p: &mut Probe, stack: Stack, units: u64) {
    if let Some(lack) = thread_lack(units) {
        p.absent("rss", Unit::Bytes, &lack);
        p.absent("vm-size", Unit::Bytes, &lack);
        p.absent("threads", Unit::One, &lack);
        return;
    }
    let (started, starts) = mpsc::channel();
    for step in steps(units) {
        let until = step.end;
        for _ in step.clone() {
            let started = started.clone();
            (stack.builder())
                .spawn(move || {
                    // The receiver lives as long as the loop below takes from it.
                    let _told = started.send(());
                    loop {
                        thread::park();
                    }
                })
                .or_fatal("start a thread");
        }
        for _ in step {
            starts.recv().or_fatal("wait for a thread");
        }
        sample(p, "rss", "VmRSS", until);
        sample(p, "vm-size", "VmSize", until);
    }
    p.value("threads", Unit::One, status("Threads"));
    p.check(format!("parked {units}"));
}

/// Ranges of equal size up to `units`.
fn steps(units: u64) -> impl Iterator<Item = Range<u64>> {
    (0..STEPS).map(move |i| units * i / STEPS..units * (i + 1) / STEPS)
}

fn sample(p: &mut Probe, metric: &str, field: &str, parked: u64) {
    p.sample_at(
        metric,
        Unit::Bytes,
        Phase::Measure,
        1,
        status(field),
        parked as f64,
    );
}

fn status(field: &str) -> f64 {
    proc_status(field).map_or_else(
        || fatal(field, "/proc/self/status does not have it"),
        |n| n as f64,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_at_units_without_gaps() {
        let steps: Vec<_> = steps(1001).collect();
        assert_eq!(steps.len() as u64, STEPS);
        assert_eq!((steps[0].start, steps[7].end), (0, 1001));
        assert!(steps.windows(2).all(|w| w[0].end == w[1].start));
    }
}

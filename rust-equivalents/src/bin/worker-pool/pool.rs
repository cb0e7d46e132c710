//! Pools of threads that share a receiver.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use rust_equivalents::{Probe, returns};

use crate::gauge::{BLOCKED, Gauge, PATIENCE};

/// Starts workers that take jobs until all senders of that channel are gone. Each worker owns a sender of results, so
/// the results end when the last worker does.
fn start(
    workers: usize,
    jobs: &Receiver<usize>,
    results: Sender<usize>,
    work: impl Fn(usize) -> usize + Clone + Send + 'static,
) -> Vec<JoinHandle<()>> {
    let spawn = |_| {
        let (jobs, results, work) = (jobs.clone(), results.clone(), work.clone());
        thread::spawn(move || {
            for job in jobs {
                if results.send(work(job)).is_err() {
                    break;
                }
            }
        })
    };
    (0..workers).map(spawn).collect()
}

fn each_once(results: &Receiver<usize>, count: usize) -> bool {
    let mut arrived = vec![0; count];
    for result in results {
        arrived[result] += 1;
    }
    arrived.iter().all(|&times| times == 1)
}

/// A thousand jobs for ten workers.
pub fn runs(p: &mut Probe) {
    const WORKERS: usize = 10;
    const COUNT: usize = 1000;
    let inside = Arc::new(Gauge::new(WORKERS));
    let (to, jobs) = bounded(0);
    let (out, results) = bounded(0);
    let visited = Arc::clone(&inside);
    let workers = start(WORKERS, &jobs, out, move |job| {
        visited.visit();
        job
    });
    thread::spawn(move || (0..COUNT).try_for_each(|job| to.send(job)));
    p.outcome("each-job-once", each_once(&results, COUNT));
    p.outcome("most-jobs-at-once", inside.most());
    let joined = workers.into_iter().all(|worker| worker.join().is_ok());
    p.outcome("workers-end", joined);
}

/// Results end with their last sender; a receiver that goes away is an error of the sender's.
pub fn who_closes(p: &mut Probe) {
    const EACH: usize = 100;
    const WORKERS: usize = 10;
    let send = |results: &Sender<usize>| {
        for worker in 0..WORKERS {
            let results = results.clone();
            thread::spawn(move || (0..EACH).try_for_each(|n| results.send(worker * EACH + n)));
        }
    };
    let (out, results) = bounded(0);
    send(&out);
    drop(out);
    p.outcome("each-result-once", each_once(&results, WORKERS * EACH));

    // A sender that is kept is what a close that was forgotten is in Go.
    let (kept, results) = bounded(0);
    send(&kept);
    let ends = returns(BLOCKED, move || {
        each_once(&results, WORKERS * EACH);
    });
    p.outcome("range-ends-without-close", ends);
    drop(kept);

    let (out, results) = bounded(0);
    let sender = thread::spawn(move || (0..).try_for_each(|n: usize| out.send(n)).is_err());
    let _ = results.recv();
    drop(results);
    p.outcome(
        "receiver-closes",
        match sender.join() {
            Ok(true) => "send returns Err",
            Ok(false) => "send returns Ok",
            Err(_) => "panic",
        },
    );
}

/// Jobs that are queued when the last sender goes are still done.
pub fn shutdown(p: &mut Probe) {
    const COUNT: usize = 20;
    let (to, jobs) = bounded(COUNT);
    let (out, results) = bounded(COUNT);
    let workers = start(4, &jobs, out, |job| job);
    for job in 0..COUNT {
        let _ = to.send(job);
    }
    drop(to);
    let ended = returns(PATIENCE, move || {
        for worker in workers {
            let _ = worker.join();
        }
    });
    p.outcome("workers-end", ended);
    p.outcome("queued-jobs-done", results.len() as i64);
}

/// A hundred jobs for three workers; those that `bad` names panic. Gives the jobs done and the workers left.
fn guarded(catches: bool, bad: fn(usize) -> bool) -> (i64, i64) {
    const JOBS: usize = 100;
    let done = Arc::new(AtomicUsize::new(0));
    let (to, jobs) = bounded(JOBS);
    for job in 0..JOBS {
        let _ = to.send(job);
    }
    drop(to);
    let spawn = |_| {
        let (jobs, done) = (jobs.clone(), Arc::clone(&done));
        thread::spawn(move || {
            for job in jobs {
                let work = || {
                    assert!(!bad(job), "bad job");
                    done.fetch_add(1, Ordering::Relaxed);
                };
                if catches {
                    // What the job died of is on stderr.
                    let _ = catch_unwind(AssertUnwindSafe(work));
                } else {
                    work();
                }
            }
        })
    };
    let workers: Vec<_> = (0..3).map(spawn).collect();
    let left = workers
        .into_iter()
        .filter_map(|worker| worker.join().ok())
        .count();
    (done.load(Ordering::Relaxed) as i64, left as i64)
}

/// A panic ends its thread, and `join` tells; the other threads go on.
pub fn panicking(p: &mut Probe) {
    type Run = (&'static str, bool, fn(usize) -> bool);
    let runs: [Run; 3] = [
        ("one-panic-uncaught", false, |job| job == 9),
        ("ten-panics-uncaught", false, |job| job % 10 == 9),
        ("ten-panics-job-catches", true, |job| job % 10 == 9),
    ];
    for (name, catches, bad) in runs {
        let (done, left) = guarded(catches, bad);
        p.outcome(&format!("{name}-done"), done);
        p.outcome(&format!("{name}-workers-left"), left);
    }
}

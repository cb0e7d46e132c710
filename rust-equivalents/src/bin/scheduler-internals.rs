//! What tokio's scheduler does, by the order in which tasks run: where a new one goes, and what a full queue gives away.
//! Beside it the number of processors that a program gets where nobody chooses one. It needs Linux.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use rust_equivalents::{Probe, Program, proc_status};
use tokio::runtime::{Builder, Runtime};

/// How often a case tries; something else on the machine can spoil one of them, so the most frequent result counts.
const ROUNDS: usize = 9;
/// How many jobs wait in the kernel at a time.
const SLEEPERS: u64 = 20;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let mut program = Program::new("scheduler-internals");
    type Case = fn(&mut Probe) -> Outcome;
    let cases: [(&'static str, &'static str, Case); 4] = [
        (
            "local-order",
            "order in which new tasks run, one worker",
            local_order,
        ),
        (
            "overflow",
            "what a full local queue gives away, one worker",
            overflow,
        ),
        (
            "machines",
            "threads of a runtime whose tasks block",
            machines,
        ),
        (
            "default-procs",
            "processors that the standard library counts",
            default_procs,
        ),
    ];
    for (name, help, case) in cases {
        program.case(name, help, move |p| {
            if let Err(error) = case(p) {
                // Without done, the invocation counts as failed.
                eprintln!("scheduler-internals: {name}: {error}");
                std::process::exit(1);
            }
        });
    }
    program.run()
}

fn one_worker() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).build()
}

/// Starts `n` tasks from a task, lets them run, and returns at which place each of them did.
fn run_order(runtime: &Runtime, n: usize) -> Result<Vec<i64>, mpsc::RecvError> {
    let (done, places) = mpsc::channel();
    let next = Arc::new(AtomicI64::new(0));
    // Joined through the channel: every task sends once.
    drop(runtime.spawn(async move {
        for i in 0..n {
            let (done, next) = (done.clone(), next.clone());
            drop(tokio::spawn(async move {
                // The receiver waits for all n.
                let _ = done.send((i, next.fetch_add(1, Ordering::Relaxed)));
            }));
        }
    }));
    let mut place = vec![0; n];
    for _ in 0..n {
        let (i, at) = places.recv()?;
        place[i] = at;
    }
    Ok(place)
}

fn local_order(p: &mut Probe) -> Outcome {
    let runtime = one_worker()?;
    let mut orders = Vec::new();
    for _ in 0..ROUNDS {
        let place = run_order(&runtime, 8)?;
        let mut names: Vec<usize> = (0..place.len()).collect();
        names.sort_by_key(|&i| place[i]);
        orders.push(
            names
                .iter()
                .map(usize::to_string)
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    p.outcome("order-of-eight", usual(&orders).unwrap_or_default());
    Ok(())
}

fn overflow(p: &mut Probe) -> Outcome {
    let runtime = one_worker()?;
    let mut counts = Vec::new();
    for _ in 0..ROUNDS {
        let place = run_order(&runtime, 258)?;
        // The newest has a slot of its own.
        counts.push(overtaken(&place[..257]));
    }
    // Where the newer half moves, the order stays but for tasks that are served out of turn.
    p.outcome("older-half-moves", usual(&counts) == Some(128));
    Ok(())
}

/// How many tasks a later one overtook.
fn overtaken(place: &[i64]) -> i64 {
    let mut earliest_later = i64::MAX;
    let mut count = 0;
    for &at in place.iter().rev() {
        if earliest_later < at {
            count += 1;
        }
        earliest_later = earliest_later.min(at);
    }
    count
}

/// The most frequent of several results, the smaller one of a tie.
fn usual<T: Ord + Clone>(results: &[T]) -> Option<T> {
    let times = |wanted: &T| results.iter().filter(|result| *result == wanted).count();
    results
        .iter()
        .min_by_key(|result| (usize::MAX - times(result), (*result).clone()))
        .cloned()
}

/// Blocking jobs on tokio's threads for them: one thread each, beside the two workers.
fn machines(p: &mut Probe) -> Outcome {
    let runtime = Builder::new_multi_thread().worker_threads(2).build()?;
    let jobs: Vec<_> = (0..SLEEPERS)
        .map(|_| runtime.spawn_blocking(|| thread::sleep(Duration::from_millis(300))))
        .collect();
    thread::sleep(Duration::from_millis(150));
    let threads = proc_status("Threads").ok_or("the kernel does not tell the number of threads")?;
    for job in jobs {
        runtime.block_on(job)?;
    }
    p.outcome("at-least-the-blocked", threads >= SLEEPERS);
    Ok(())
}

fn default_procs(p: &mut Probe) -> Outcome {
    let me = Pid::from_raw(0);
    let allowed = sched_getaffinity(me)?;
    let cpus: Vec<usize> = (0..CpuSet::count())
        .filter(|&cpu| allowed.is_set(cpu).unwrap_or(false))
        .collect();
    p.outcome(
        "equals-cpus",
        thread::available_parallelism()?.get() == cpus.len(),
    );
    let mut one = CpuSet::new();
    one.set(*cpus.first().ok_or("no CPU is allowed")?)?;
    sched_setaffinity(me, &one)?;
    p.outcome(
        "with-one-cpu-allowed",
        thread::available_parallelism()?.to_string(),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_those_that_a_later_one_overtook() {
        assert_eq!(overtaken(&[0, 1, 2, 3]), 0);
        assert_eq!(overtaken(&[2, 3, 0, 1]), 2);
        assert_eq!(overtaken(&[1, 3, 4, 0, 2]), 3);
        assert_eq!(overtaken(&[]), 0);
    }

    #[test]
    fn takes_the_most_frequent_result() {
        assert_eq!(usual(&[3, 1, 3, 2]), Some(3));
        assert_eq!(usual(&[2, 1]), Some(1));
        assert_eq!(usual::<i64>(&[]), None);
    }
}

//! How the time of a job depends on the number of workers, for jobs that compute and for jobs that wait.

use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::bounded;
use rust_equivalents::{Probe, Program};
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

fn main() -> ExitCode {
    let mut program = Program::new("worker-pool-size");
    let per_cpu = program.param("per-cpu", 1.0_f64, "workers for each processor");
    let compute = program.param("compute", 20_000_u64, "steps of computing in a job");
    let wait_ms = program.param("wait-ms", 5_u64, "waiting in a job, in ms");
    program.case("cpu", "time of a job that computes", move |p| {
        cpu_bound(p, per_cpu, compute);
    });
    program.case(
        "io",
        "time of a job that waits and computes a little",
        move |p| {
            io_bound(p, per_cpu, compute, wait_ms);
        },
    );
    program.run()
}

fn cpus() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn workers_for(per_cpu: f64) -> usize {
    (per_cpu * cpus() as f64).round().max(1.0) as usize
}

/// Computing that the compiler can't shorten.
fn steps(n: u64, mut x: u64) -> u64 {
    for _ in 0..n {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    x
}

/// Threads that stay for all batches take jobs that do nothing but compute.
fn cpu_bound(p: &mut Probe, per_cpu: f64, compute: u64) {
    const JOBS: usize = 200;
    let (to, jobs) = bounded(JOBS);
    let (out, results) = bounded(JOBS);
    for _ in 0..workers_for(per_cpu) {
        let (jobs, out) = (jobs.clone(), out.clone());
        thread::spawn(move || {
            for job in jobs {
                if out.send(steps(compute, job)).is_err() {
                    break;
                }
            }
        });
    }
    let mut sum = 0_u64;
    p.batches("cpu-job", JOBS as u64, 3, 12, |n| {
        for job in 1..=n {
            let _ = to.send(job);
        }
        sum = results.iter().take(n as usize).fold(0, u64::wrapping_add);
    });
    p.check(sum);
}

/// Ten jobs for each worker, as far as two thousand go, and at least one each.
fn io_jobs(workers: usize) -> usize {
    (10 * workers).min(2000).max(workers)
}

/// Tasks wait and compute, as many at once as there are permits.
fn io_bound(p: &mut Probe, per_cpu: f64, compute: u64, wait_ms: u64) {
    let workers = workers_for(per_cpu);
    let runtime = Builder::new_multi_thread()
        .worker_threads(cpus())
        .enable_time()
        .build()
        .unwrap_or_else(|error| {
            eprintln!("worker-pool-size: tokio's runtime does not start: {error}");
            std::process::exit(1)
        });
    let permits = Arc::new(Semaphore::new(workers));
    let mut sum = 0_u64;
    p.batches("io-job", io_jobs(workers) as u64, 1, 2, |n| {
        sum = runtime.block_on(async {
            let mut running = JoinSet::new();
            for job in 1..=n {
                // The semaphore is never closed.
                let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                    break;
                };
                running.spawn(async move {
                    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                    let result = steps(compute, job);
                    drop(permit);
                    result
                });
            }
            let mut sum = 0_u64;
            while let Some(result) = running.join_next().await {
                sum = sum.wrapping_add(result.unwrap_or_default());
            }
            sum
        });
    });
    p.check(sum);
}

//! The first error, cancellation and a limit, with what tokio has for it: a `JoinSet`, aborting, and a semaphore.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rust_equivalents::{Probe, Program};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

/// How long a task works that nobody stops.
const WORK: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    let mut program = Program::new("errgroup");
    program.case(
        "errors",
        "the first error, and what becomes of the others",
        errors,
    );
    program.case("limit", "how many tasks run under a semaphore", limit);
    program.case("loop", "tasks of a loop that own what they need", in_a_loop);
    program.run()
}

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.unwrap_or_else(|error| panic!("no runtime: {error}"))
}

fn errors(p: &mut Probe) {
    runtime().block_on(async {
        let finished = Arc::new(AtomicI64::new(0));
        let mut group: JoinSet<Result<(), &str>> = JoinSet::new();
        group.spawn(async { Err("first") });
        group.spawn(async {
            sleep(WORK / 6).await;
            Err("second")
        });
        let counter = Arc::clone(&finished);
        group.spawn(async move {
            sleep(WORK).await;
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        let mut first = None;
        let (mut joined, mut cancelled) = (0, 0);
        while let Some(result) = group.join_next().await {
            joined += 1;
            match result {
                Ok(Err(error)) => {
                    first.get_or_insert(error);
                    // Nothing happens by itself: this is what the group's context does in Go.
                    group.abort_all();
                }
                Err(error) if error.is_cancelled() => cancelled += 1,
                _ => {}
            }
        }
        p.outcome("error", first.unwrap_or("none"));
        p.outcome("tasks-joined", joined);
        p.outcome("tasks-cancelled", cancelled);
        p.outcome(
            "tasks-finished-after-the-error",
            finished.load(Ordering::SeqCst),
        );
    });
}

fn limit(p: &mut Probe) {
    let (most, ran) = runtime().block_on(async {
        let places = Arc::new(Semaphore::new(2));
        let (running, most) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
        let mut group = JoinSet::new();
        for _ in 0..10 {
            let (places, running, most) =
                (Arc::clone(&places), Arc::clone(&running), Arc::clone(&most));
            group.spawn(async move {
                let Ok(_place) = places.acquire().await else {
                    return;
                };
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                for _ in 0..20 {
                    yield_now().await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
            });
        }
        let ran = group.join_all().await.len() as i64;
        (most.load(Ordering::SeqCst), ran)
    });
    p.outcome("limit-2-most-at-once", most);
    p.outcome("limit-2-jobs-done", ran);
}

fn in_a_loop(p: &mut Probe) {
    let urls = ["a", "b", "c", "d", "e"];
    let mut seen = runtime().block_on(async {
        let mut group = JoinSet::new();
        for url in urls {
            group.spawn(async move { url });
        }
        group.join_all().await
    });
    seen.sort_unstable();
    p.outcome("every-url-once", seen == urls);
}

//! tokio's semaphore, whose number of permits can change.

use std::sync::Arc;

use rust_equivalents::Probe;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::gauge::Gauge;

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap_or_else(|error| {
            eprintln!("worker-pool: tokio's runtime does not start: {error}");
            std::process::exit(1)
        })
}

/// Runs jobs on threads for blocking work, each with a permit, and gives the most that ran at once.
async fn most_at_once(permits: &Arc<Semaphore>, jobs: usize, goal: usize) -> i64 {
    let inside = Arc::new(Gauge::new(goal));
    let mut running = JoinSet::new();
    for _ in 0..jobs {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(permits).acquire_owned().await else {
            break;
        };
        let inside = Arc::clone(&inside);
        running.spawn_blocking(move || {
            inside.visit();
            drop(permit);
        });
    }
    while running.join_next().await.is_some() {}
    inside.most()
}

/// Four permits for fifty jobs.
pub fn bounds(p: &mut Probe) {
    let most = runtime().block_on(most_at_once(&Arc::new(Semaphore::new(4)), 50, 4));
    p.outcome("most-with-four-permits", most);
}

/// Permits are taken away and added.
pub fn resize(p: &mut Probe) {
    let runtime = runtime();
    let permits = Arc::new(Semaphore::new(4));
    p.outcome("permits-forgotten", permits.forget_permits(2) as i64);
    let most = runtime.block_on(most_at_once(&permits, 40, 2));
    p.outcome("most-with-two-forgotten", most);
    permits.add_permits(6);
    let most = runtime.block_on(most_at_once(&permits, 40, 8));
    p.outcome("most-with-six-added", most);
}

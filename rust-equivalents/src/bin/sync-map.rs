//! The workloads of `go-programs/sync-map` on DashMap, and on a `HashMap` behind an `RwLock` or a `Mutex`.

use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::{Barrier, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::Instant;

use dashmap::DashMap;
use rust_equivalents::{Phase, Probe, Program, Rand, Unit, nanos};

/// How many operations are planned for all workers together.
const PLAN_OPS: usize = 1 << 16;
/// How often each worker does its part in a batch, which must be long against the time until all processors are at work.
const ROUNDS: usize = 3;
const WARMUP: usize = 1;
/// The metrics, in the order in which the maps are timed.
const NAMES: [&str; 3] = ["concurrent-map", "rwlock-map", "mutex-map"];
const BATCHES: usize = 5;

#[derive(Clone, Copy, Debug)]
struct Settings {
    workers: usize,
    keys: u64,
    writes: u64,
}

/// What the operations are.
#[derive(Clone, Copy, Debug, Default)]
struct Job {
    /// How many of 100 operations write.
    writes: u64,
    /// Each worker has keys of its own.
    disjoint: bool,
    /// Half of the writes delete.
    churn: bool,
}

fn main() -> ExitCode {
    let mut program = Program::new("sync-map");
    let settings = Settings {
        workers: program.param("workers", 8, "threads that work on the map"),
        keys: program.param("keys", 10_000, "number of keys"),
        writes: program.param(
            "writes",
            50,
            "writes among 100 operations, in disjoint, mixed and churn",
        ),
    };
    let writes = settings.writes;
    let mut case = |name, help, job| {
        program.case(name, help, move |p| run(p, settings, job));
    };
    case(
        "read-only",
        "keys were written once; all threads read them",
        Job::default(),
    );
    case(
        "disjoint",
        "each thread reads and replaces values of its own keys",
        Job {
            writes,
            disjoint: true,
            churn: false,
        },
    );
    case(
        "mixed",
        "all threads read and replace values of the same keys",
        Job {
            writes,
            ..Job::default()
        },
    );
    case(
        "churn",
        "all threads read, insert and delete the same keys",
        Job {
            writes,
            disjoint: false,
            churn: true,
        },
    );
    program.run()
}

/// A map that threads share.
trait Store: Sync {
    fn load(&self, key: u64) -> Option<u64>;
    fn put(&self, key: u64, value: u64);
    fn remove(&self, key: u64);
}

impl Store for DashMap<u64, u64> {
    fn load(&self, key: u64) -> Option<u64> {
        self.get(&key).map(|value| *value)
    }
    fn put(&self, key: u64, value: u64) {
        self.insert(key, value);
    }
    fn remove(&self, key: u64) {
        DashMap::remove(self, &key);
    }
}

impl Store for RwLock<HashMap<u64, u64>> {
    fn load(&self, key: u64) -> Option<u64> {
        let map = self.read().unwrap_or_else(PoisonError::into_inner);
        map.get(&key).copied()
    }
    fn put(&self, key: u64, value: u64) {
        let mut map = self.write().unwrap_or_else(PoisonError::into_inner);
        map.insert(key, value);
    }
    fn remove(&self, key: u64) {
        let mut map = self.write().unwrap_or_else(PoisonError::into_inner);
        map.remove(&key);
    }
}

impl Store for Mutex<HashMap<u64, u64>> {
    fn load(&self, key: u64) -> Option<u64> {
        let map = self.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(&key).copied()
    }
    fn put(&self, key: u64, value: u64) {
        let mut map = self.lock().unwrap_or_else(PoisonError::into_inner);
        map.insert(key, value);
    }
    fn remove(&self, key: u64) {
        let mut map = self.lock().unwrap_or_else(PoisonError::into_inner);
        map.remove(&key);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Load(u64),
    Put(u64),
    Remove(u64),
}

/// The operations of each worker.
fn plan(seed: u64, settings: Settings, job: Job) -> Vec<Vec<Operation>> {
    let mut rng = Rand::new(seed);
    let workers = settings.workers as u64;
    (0..workers)
        .map(|worker| {
            let count = if job.disjoint {
                settings.keys / workers
            } else {
                settings.keys
            };
            let first = if job.disjoint { worker * count } else { 0 };
            (0..PLAN_OPS / settings.workers)
                .map(|_| {
                    let key = first + rng.below(count);
                    let writes = rng.below(100) < job.writes;
                    let deletes = rng.below(2) == 1;
                    match (writes, deletes && job.churn) {
                        (true, true) => Operation::Remove(key),
                        (true, false) => Operation::Put(key),
                        (false, _) => Operation::Load(key),
                    }
                })
                .collect()
        })
        .collect()
}

/// The value that a key always has, whoever writes it: so what is read does not depend on who was first.
fn value_of(key: u64) -> u64 {
    key * 7 + 1000
}

/// What the workers found.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    sum: u64,
    wrong: u64,
}

impl Found {
    fn add(&mut self, other: Found) {
        self.sum += other.sum;
        self.wrong += other.wrong;
    }
}

fn work(store: &impl Store, operations: &[Operation]) -> Found {
    let mut found = Found::default();
    for operation in operations {
        match *operation {
            Operation::Load(key) => {
                if let Some(value) = store.load(key) {
                    found.sum += value;
                    found.wrong += u64::from(value != value_of(key));
                }
            }
            Operation::Put(key) => store.put(key, value_of(key)),
            Operation::Remove(key) => store.remove(key),
        }
    }
    found
}

/// Lets all workers go at once and returns the time until the last one is done. Threads are started before.
fn batch(store: &impl Store, plan: &[Vec<Operation>]) -> (f64, Found) {
    let gate = Barrier::new(plan.len() + 1);
    let mut total = Found::default();
    let took = thread::scope(|scope| {
        let gate = &gate;
        let workers: Vec<_> = plan
            .iter()
            .map(|operations| {
                scope.spawn(move || {
                    gate.wait();
                    let mut found = Found::default();
                    for _ in 0..ROUNDS {
                        found.add(work(store, operations));
                    }
                    gate.wait();
                    found
                })
            })
            .collect();
        gate.wait();
        let start = Instant::now();
        gate.wait();
        let took = nanos(start.elapsed()) as f64;
        for worker in workers {
            // A worker that panicked counts as one wrong value.
            total.add(worker.join().unwrap_or(Found { sum: 0, wrong: 1 }));
        }
        took
    });
    (took, total)
}

/// Spins of the gauge; they take about a millisecond.
const SPINS: u64 = 1 << 20;
/// The share of the processors that must be at hand. A busy machine gives a program of two threads hardly more than one
/// processor, and where nothing runs at the same time nobody waits for a lock.
const ENOUGH: f64 = 0.8;

/// Tells how many processors the program really has, by work that shares nothing.
struct Gauge {
    width: usize,
    alone: f64,
}

impl Gauge {
    fn new(workers: usize) -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Gauge {
            width: processors.min(workers),
            // Short tries: one of them is undisturbed even on a busy machine.
            alone: (0..16)
                .map(|_| spin(1, SPINS / 8) * 8.0)
                .fold(f64::INFINITY, f64::min),
        }
    }

    /// How many there are at the moment, at most as many as may be used.
    fn processors(&self) -> f64 {
        let width = self.width as f64;
        (width * self.alone / spin(self.width, SPINS)).min(width)
    }

    fn passes(&self, processors: f64) -> bool {
        processors >= ENOUGH * self.width as f64
    }
}

fn spin(width: usize, spins: u64) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..width {
            scope.spawn(|| {
                let mut rng = Rand::new(black_box(1));
                black_box((0..spins).fold(0, |sum, _| sum ^ rng.next_u64()));
            });
        }
    });
    nanos(start.elapsed()) as f64
}

/// Times the maps in turn, batch by batch, so that what disturbs one disturbs its neighbours too. A batch that did not have
/// the processors for itself is recorded as warm-up, which nothing is judged by.
fn run(p: &mut Probe, settings: Settings, job: Job) {
    let plan = plan(p.seed(), settings, job);
    let ops = ROUNDS * plan.iter().map(Vec::len).sum::<usize>();
    let concurrent = DashMap::new();
    let rwlock = RwLock::new(HashMap::new());
    let mutex = Mutex::new(HashMap::new());
    for key in 0..settings.keys {
        let value = value_of(key);
        concurrent.put(key, value);
        rwlock.put(key, value);
        mutex.put(key, value);
    }
    let gauge = Gauge::new(settings.workers);
    let mut before = gauge.processors();
    let mut low = before;
    let mut measured = [false; NAMES.len()];
    let mut total = Found::default();
    for round in 0..WARMUP + BATCHES {
        for (place, name) in NAMES.into_iter().enumerate() {
            let (took, found) = match place {
                0 => batch(&concurrent, &plan),
                1 => batch(&rwlock, &plan),
                _ => batch(&mutex, &plan),
            };
            total.add(found);
            let after = gauge.processors();
            let phase = if round >= WARMUP && gauge.passes(before) && gauge.passes(after) {
                Phase::Measure
            } else {
                Phase::Warmup
            };
            measured[place] |= phase == Phase::Measure;
            p.sample(name, Unit::Nanoseconds, phase, ops as u64, took);
            low = low.min(after);
            before = after;
        }
    }
    for (name, _) in NAMES.into_iter().zip(measured).filter(|(_, ok)| !ok) {
        let reason = "no batch had its processors: the machine is busy";
        p.absent(name, Unit::Nanoseconds, reason);
    }
    p.value("processors", Unit::One, low);
    if job.churn {
        // Whether a key is there when it is read depends on who was first.
        total.sum = 0;
    }
    p.check(format!(
        "operations {ops}, sum {}, wrong {}",
        total.sum, total.wrong
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_agree() {
        fn agrees(store: &impl Store) {
            store.put(1, 2);
            store.put(3, 4);
            store.remove(3);
            assert_eq!(store.load(1), Some(2));
            assert_eq!(store.load(3), None);
        }
        agrees(&DashMap::new());
        agrees(&RwLock::new(HashMap::new()));
        agrees(&Mutex::new(HashMap::new()));
    }

    #[test]
    fn disjoint_keys_stay_apart() {
        let settings = Settings {
            workers: 4,
            keys: 1000,
            writes: 50,
        };
        let job = Job {
            writes: 50,
            disjoint: true,
            churn: false,
        };
        for (worker, operations) in plan(1, settings, job).iter().enumerate() {
            for operation in operations {
                let (Operation::Load(key) | Operation::Put(key)) = *operation else {
                    panic!("{operation:?}");
                };
                assert_eq!(key / 250, worker as u64);
            }
        }
    }
}

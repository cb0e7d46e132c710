//! The job of `go-programs/gc-pauses` without a garbage collector: what freeing at once costs and
//! saves, with the system's allocator, with mimalloc, and with arenas.

mod child;
mod graph;
mod open_loop;

use std::fmt;
use std::hint::black_box;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rust_equivalents::{Histogram, Phase, Probe, Program, Rand, Unit, nanos, proc_status};

use child::Keep;
use graph::{Arenas, Graph, Heap, STEP_BYTES};
use open_loop::open_loop;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bytes of a MiB.
const MIB: usize = 1 << 20;

/// Makes the job of the latency-sensitive thread a fraction of a microsecond long.
const JOB_STEPS: u32 = 128;

/// How many arrivals the baseline has: enough for a 99th percentile.
const BASELINE_ARRIVALS: u32 = 400;

/// How the objects are allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Implementation {
    Heap,
    Arena,
}

impl FromStr for Implementation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "heap" => Ok(Implementation::Heap),
            "arena" => Ok(Implementation::Arena),
            _ => Err("neither heap nor arena".to_owned()),
        }
    }
}

impl fmt::Display for Implementation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Implementation::Heap => "heap",
            Implementation::Arena => "arena",
        })
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("gc-pauses");
    let live_mib = program.param("live-mib", 64_usize, "MiB that stay alive");
    let alloc_mib = program.param(
        "alloc-mib",
        0_usize,
        "MiB to allocate in all (0: 384, or twice live-mib if that is more)",
    );
    let cap_mib = program.param(
        "cap-mib",
        160_u64,
        "MiB of data that the kernel grants the case capped",
    );
    let interval_us = program.param(
        "interval-us",
        100_u64,
        "microseconds between two arrivals at the latency-sensitive thread",
    );
    let implementation = program.param(
        "impl",
        Implementation::Heap,
        "heap (a box for each object) or arena (a slab and a bump arena)",
    );
    let keep = program.param(
        "keep",
        Keep::Nothing,
        "what the case capped keeps: nothing, everything, fallibly (everything, with try_reserve)",
    );
    let total_mib = if alloc_mib > 0 {
        alloc_mib
    } else {
        (2 * live_mib).max(384)
    };

    program.case(
        "churn",
        "stalls while objects are allocated and a part of the live ones is replaced",
        move |p| {
            let interval = Duration::from_micros(interval_us);
            match implementation {
                Implementation::Arena => churn::<Arenas>(p, live_mib, total_mib, interval),
                Implementation::Heap => churn::<Heap>(p, live_mib, total_mib, interval),
            }
        },
    );
    program.case("reclaim", "when dropped memory comes back", reclaim);
    program.case(
        "out-of-memory",
        "children whose memory the kernel caps",
        move |p| child::out_of_memory(p, cap_mib),
    );
    program.case(
        "capped",
        "the child of out-of-memory: allocate under a cap",
        move |p| child::capped(p, cap_mib, total_mib, keep),
    );
    program.run()
}

/// Allocates in one thread while another must answer on time.
fn churn<G: Graph>(p: &mut Probe, live_mib: usize, total_mib: usize, interval: Duration) {
    let mut rng = p.rand();
    let mut alloc_stall = Histogram::new();
    let mut graph = G::new(live_mib, &mut rng);

    // Without allocation: what the schedule itself, the kernel and other programs do to the figure.
    let end = Instant::now() + interval * (BASELINE_ARRIVALS + 1);
    let baseline =
        thread::scope(|scope| join(scope.spawn(|| serve(interval, || Instant::now() >= end))));

    let finished = AtomicBool::new(false);
    let mut sum = 0_u64;
    let (stall, took) = thread::scope(|scope| {
        let server = scope.spawn(|| serve(interval, || finished.load(Ordering::Relaxed)));
        let start = Instant::now();
        let mut last = start;
        for _ in 0..total_mib * MIB / STEP_BYTES {
            sum = sum.wrapping_add(graph.step(&mut rng));
            let now = Instant::now();
            alloc_stall.record(nanos(now - last));
            last = now;
        }
        finished.store(true, Ordering::Relaxed);
        (join(server), last - start)
    });

    let start = Instant::now();
    drop(black_box(graph));
    let drop_took = start.elapsed();

    p.sample(
        "alloc-time",
        Unit::Nanoseconds,
        Phase::Measure,
        total_mib as u64,
        nanos(took) as f64,
    );
    p.histogram("stall", Unit::Nanoseconds, &stall);
    p.histogram("stall-baseline", Unit::Nanoseconds, &baseline);
    p.histogram("alloc-stall", Unit::Nanoseconds, &alloc_stall);
    p.value("drop-stall", Unit::Nanoseconds, nanos(drop_took) as f64);
    p.check(format!("{sum:x}"));
}

/// The latency-sensitive thread. It allocates nothing once it runs.
fn serve(interval: Duration, done: impl Fn() -> bool) -> Histogram {
    let mut latencies = Histogram::new();
    let mut rng = Rand::new(1);
    let base = Instant::now();
    open_loop(
        || nanos(base.elapsed()),
        nanos(interval),
        done,
        || {
            for _ in 0..JOB_STEPS {
                black_box(rng.next_u64());
            }
        },
        |latency| latencies.record(latency),
    );
    latencies
}

/// The thread's result; its panic goes on here.
fn join<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Drops memory and looks whether the process is rid of it. The chunks are large: the allocator
/// hands those back to the kernel. Small ones it would keep for the next allocation.
fn reclaim(p: &mut Probe) {
    const HELD_MIB: usize = 64;
    let resident = || proc_status("VmRSS");
    let live: Vec<Vec<u8>> = (0..HELD_MIB).map(|_| vec![1; MIB]).collect();
    let full = resident();
    drop(black_box(live));
    let (Some(full), Some(after)) = (full, resident()) else {
        p.outcome("reclaimed-at-drop", "the system does not tell");
        return;
    };
    p.outcome(
        "reclaimed-at-drop",
        full.saturating_sub(after) > (HELD_MIB * MIB / 10 * 9) as u64,
    );
}

//! What a stack of fixed size costs and where it ends, beside Go's that grow; and what a call costs that has to fetch a
//! piece of stack first, as Go's did once.

use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};
use rust_equivalents::{Phase, Probe, Program, Unit, nanos, run_child};

const WARMUP: usize = 2;
const SAMPLES: usize = 10;
const MIB: usize = 1 << 20;
/// Enough for every descent here. Memory that is not touched costs nothing.
const AMPLE_STACK: usize = 512 * MIB;

/// What every call of a descent keeps on the stack.
type Frame = [u64; 16];
type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let mut program = Program::new("stack-growth");
    let depth = program.param("depth", 10_000_u64, "calls of the case descend");
    let size_kib = program.param("size-kib", 1024_usize, "memory that the case copy moves");
    let stack_mib = program.param(
        "stack-mib",
        0_usize,
        "stack of the child's thread; 0: as the standard library chooses",
    );
    program.case("deep", "children that go a million calls deep", |p| {
        ended("deep", deep(p));
    });
    program.case(
        "dive",
        "the child: a million calls on a thread",
        move |_| ended("dive", dive(stack_mib)),
    );
    program.case(
        "descend",
        "time of a descent on a new thread, and of the same one again",
        move |p| ended("descend", descend(p, depth)),
    );
    program.case("copy", "time of copying memory", move |p| copy(p, size_kib));
    program.case(
        "boundary",
        "time of a call that fetches a stack first, against one that does not",
        |p| ended("boundary", boundary(p)),
    );
    program.run()
}

/// Without done, the invocation counts as failed.
fn ended(case: &str, outcome: Outcome) {
    if let Err(error) = outcome {
        eprintln!("stack-growth: {case}: {error}");
        std::process::exit(1);
    }
}

#[inline(never)]
fn stairs(left: u64, here: &Frame) -> u64 {
    let mut mine: Frame = [0; 16];
    let at = (left & 15) as usize;
    mine[at] = here[at] + left;
    if left == 0 {
        return 0;
    }
    stairs(left - 1, black_box(&mine)) + mine[at]
}

fn deep(p: &mut Probe) -> Outcome {
    let limit = Duration::from_secs(20);
    p.outcome(
        "thread-of-2-mib",
        run_child(limit, &[], &["--case=dive"])?.fate(),
    );
    p.outcome(
        "thread-of-512-mib",
        run_child(limit, &[], &["--case=dive", "--stack-mib=512"])?.fate(),
    );
    Ok(())
}

fn dive(stack_mib: usize) -> Outcome {
    let builder = match stack_mib {
        0 => thread::Builder::new(),
        mib => thread::Builder::new().stack_size(mib * MIB),
    };
    let sum = builder
        .spawn(|| stairs(1_000_000, &[0; 16]))?
        .join()
        .map_err(|_| "the thread panicked")?;
    black_box(sum);
    Ok(())
}

fn descend(p: &mut Probe, depth: u64) -> Outcome {
    let mut sum = 0_u64;
    for i in 0..WARMUP + SAMPLES {
        let (first, again, part) = thread::Builder::new()
            .stack_size(AMPLE_STACK)
            .spawn(move || {
                let top: Frame = [0; 16];
                let start = Instant::now();
                let part = stairs(black_box(depth), &top);
                let first = nanos(start.elapsed());
                let start = Instant::now();
                let part = part + stairs(black_box(depth), &top);
                (first, nanos(start.elapsed()), part)
            })?
            .join()
            .map_err(|_| "the thread panicked")?;
        sum = sum.wrapping_add(part);
        let phase = if i < WARMUP {
            Phase::Warmup
        } else {
            Phase::Measure
        };
        p.sample(
            "first-descent",
            Unit::Nanoseconds,
            phase,
            depth,
            first as f64,
        );
        p.sample(
            "second-descent",
            Unit::Nanoseconds,
            phase,
            depth,
            again as f64,
        );
    }
    p.check(sum);
    Ok(())
}

fn copy(p: &mut Probe, size_kib: usize) {
    let from: Vec<u8> = (0..size_kib * 1024).map(|i| i as u8).collect();
    let mut to = vec![0_u8; from.len()];
    p.bench("copy", Duration::from_millis(1), WARMUP, SAMPLES, |n| {
        for _ in 0..n {
            to.copy_from_slice(black_box(&from));
            black_box(&mut to);
        }
    });
    p.check(to[to.len() / 3]);
}

#[inline(never)]
fn local(x: u64) -> u64 {
    let mut here = [0_u64; 32];
    here[(x & 31) as usize] = x;
    black_box(&here)[((x + 1) & 31) as usize] + x + 1
}

/// The segment comes from a pool of one and goes back there, so nothing is asked of the kernel.
fn on_segment(pool: &mut Option<DefaultStack>, x: u64) -> Result<u64, Box<dyn Error>> {
    let stack = pool.take().ok_or("the pool is empty")?;
    let mut call = Coroutine::<(), (), u64, DefaultStack>::with_stack(stack, move |_, ()| local(x));
    let CoroutineResult::Return(result) = call.resume(()) else {
        return Err("the call did not return".into());
    };
    *pool = Some(call.into_stack());
    Ok(result)
}

fn boundary(p: &mut Probe) -> Outcome {
    const ROUNDS: usize = 15;
    const CALLS: u64 = 1000;
    let best = |round: &mut dyn FnMut() -> Result<u64, Box<dyn Error>>| {
        let mut best = u64::MAX;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            black_box(round()?);
            best = best.min(nanos(start.elapsed()));
        }
        Ok::<_, Box<dyn Error>>(best as f64)
    };
    let plain = best(&mut || Ok((0..CALLS).map(|i| local(black_box(i))).sum()))?;
    let mut pool = Some(DefaultStack::new(64 * 1024)?);
    let fetched = best(&mut || {
        (0..CALLS).try_fold(0, |sum, i| Ok(sum + on_segment(&mut pool, black_box(i))?))
    })?;
    p.value("worst-over-typical", Unit::One, fetched / plain);
    Ok(())
}

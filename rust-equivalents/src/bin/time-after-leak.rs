//! What timeouts leave behind when the message wins: tokio's sleep in a `select!`, one sleep that is reset, and
//! crossbeam's `after`.

use std::alloc::System;
use std::process::ExitCode;
use std::time::Duration;

use cap::Cap;
use crossbeam_channel::{after, bounded, select};
use rust_equivalents::{Phase, Probe, Program, Unit};
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

/// Counts what is allocated, as Go's runtime does for itself.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const HOUR: Duration = Duration::from_secs(3600);
/// What retains more than this for each iteration retains timers.
const TIMER_SIZE: usize = 64;

#[derive(Clone, Copy)]
struct Readings {
    steps: usize,
    each: usize,
}

fn main() -> ExitCode {
    let mut program = Program::new("time-after-leak");
    let readings = Readings {
        steps: program.param("steps", 4, "readings of the heap after the first one"),
        each: program.param("each", 20_000, "iterations between two readings"),
    };
    program.case("after", "a new sleep in each iteration", move |p| {
        tasks(p, readings, false)
    });
    program.case("reset", "one sleep, reset in each iteration", move |p| {
        tasks(p, readings, true)
    });
    program.case(
        "after-threads",
        "crossbeam's after in each iteration",
        move |p| threads(p, readings),
    );
    program.run()
}

/// Readings of the heap, relative to the first.
struct Heap {
    start: usize,
    last: usize,
}

impl Heap {
    fn new(p: &mut Probe) -> Self {
        p.sample_at("retained", Unit::Bytes, Phase::Measure, 1, 0.0, 0.0);
        Heap {
            start: ALLOCATOR.allocated(),
            last: 0,
        }
    }

    fn read(&mut self, p: &mut Probe, iterations: usize) {
        self.last = ALLOCATOR.allocated().saturating_sub(self.start);
        p.sample_at(
            "retained",
            Unit::Bytes,
            Phase::Measure,
            1,
            self.last as f64,
            iterations as f64,
        );
    }

    fn report(&self, p: &mut Probe, readings: Readings) {
        p.outcome(
            "leaks",
            self.last > readings.steps * readings.each * TIMER_SIZE,
        );
    }
}

fn tasks(p: &mut Probe, readings: Readings, reset: bool) {
    let runtime = Builder::new_current_thread().enable_time().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    runtime.block_on(async {
        let (sender, mut receiver) = mpsc::channel(1);
        let timer = sleep(HOUR);
        tokio::pin!(timer);
        let mut turn = async |n: usize| {
            for item in 0..n {
                let _ = sender.send(item).await;
                if reset {
                    timer.as_mut().reset(Instant::now() + HOUR);
                    tokio::select! {
                        _ = receiver.recv() => {}
                        () = timer.as_mut() => {}
                    }
                } else {
                    tokio::select! {
                        _ = receiver.recv() => {}
                        () = sleep(HOUR) => {}
                    }
                }
            }
        };
        turn(100).await;
        let mut heap = Heap::new(p);
        for step in 1..=readings.steps {
            turn(readings.each).await;
            heap.read(p, step * readings.each);
        }
        heap.report(p, readings);
    });
}

fn threads(p: &mut Probe, readings: Readings) {
    let (sender, receiver) = bounded(1);
    let turn = |n: usize| {
        for item in 0..n {
            let _ = sender.send(item);
            select! {
                recv(receiver) -> _ => {}
                recv(after(HOUR)) -> _ => {}
            }
        }
    };
    turn(100);
    let mut heap = Heap::new(p);
    for step in 1..=readings.steps {
        turn(readings.each);
        heap.read(p, step * readings.each);
    }
    heap.report(p, readings);
}

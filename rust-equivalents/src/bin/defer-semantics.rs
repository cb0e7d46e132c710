//! When guards are dropped, in which order, and with which values: what Rust has in place of deferred calls.

use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::hint::black_box;
use std::process::{self, ExitCode};
use std::sync::{Mutex, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use rust_equivalents::{Probe, Program, panics, run_child};

/// How long a child may take: far longer than it needs.
const LIMIT: Duration = Duration::from_secs(20);

/// Files that are opened in the loop.
const FILES: usize = 100;

/// What the timing guard has to see.
const PAUSE: Duration = Duration::from_millis(20);

/// Runs a function when it is dropped.
struct Guard<F: FnMut()>(F);

impl<F: FnMut()> Drop for Guard<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// What happened, in its order.
#[derive(Default)]
struct Trace(RefCell<Vec<String>>);

impl Trace {
    fn add(&self, step: &str) {
        self.0.borrow_mut().push(step.to_owned());
    }

    /// Notes `step` when it is dropped.
    fn later<'a>(&'a self, step: &'a str) -> Guard<impl FnMut() + use<'a>> {
        Guard(move || self.add(step))
    }
}

fn traced(f: impl FnOnce(&Trace)) -> String {
    let trace = Trace::default();
    f(&trace);
    trace.0.take().join(" ")
}

fn main() -> ExitCode {
    let mut program = Program::new("defer-semantics");
    program.case(
        "order",
        "in which order guards are dropped, and when",
        order,
    );
    program.case("values", "which values guards see", values);
    program.case("files", "files that are opened in a loop", files);
    program.case("idioms", "cleaning up, unlocking, timing", idioms);
    program.case("exit-child", "process::exit with a guard alive", |_| {
        let _guard = Guard(|| println!("dropped"));
        process::exit(3);
    });
    program.run()
}

fn order(p: &mut Probe) {
    p.outcome(
        "three-deferred-calls",
        traced(|t| {
            let _first = t.later("first");
            let _second = t.later("second");
            let _third = t.later("third");
        }),
    );
    p.outcome(
        "around-a-return",
        traced(|t| {
            fn returning(t: &Trace) -> &'static str {
                let _guard = t.later("deferred");
                t.add("body");
                t.add("result");
                "caller"
            }
            t.add(returning(t));
        }),
    );
    p.outcome(
        "at-the-end-of-a-block",
        traced(|t| {
            {
                let _guard = t.later("deferred");
                t.add("in-block");
            }
            t.add("behind-block");
        }),
    );
    p.outcome(
        "on-a-panic",
        traced(|t| {
            panics(|| {
                let _guard = t.later("deferred");
                t.add("panicking");
                panic!("as asked");
            });
            t.add("behind");
        }),
    );
    p.outcome(
        "loop-of-three",
        traced(|t| {
            let steps = ["0", "1", "2"];
            let mut guards: Vec<_> = steps.iter().map(|step| t.later(step)).collect();
            while guards.pop().is_some() {}
        }),
    );
    p.outcome(
        "vector-of-three",
        traced(|t| {
            let steps = ["0", "1", "2"];
            let _guards: Vec<_> = steps.iter().map(|step| t.later(step)).collect();
        }),
    );
    match run_child(LIMIT, &[], &["--case=exit-child"]) {
        Ok(child) => {
            p.outcome("fate-on-exit", child.fate());
            p.outcome("deferred-ran-on-exit", child.stdout.contains("dropped"));
        }
        Err(error) => p.outcome("fate-on-exit", error.to_string()),
    }
}

fn values(p: &mut Probe) {
    p.outcome(
        "argument",
        traced(|t| {
            let mut x = 1;
            let copy = x;
            let _guard = Guard(move || t.add(&copy.to_string()));
            x += 1;
            black_box(x);
        }),
    );
    p.outcome(
        "variable-of-a-closure",
        traced(|t| {
            let x = Cell::new(1);
            let _guard = Guard(|| t.add(&x.get().to_string()));
            x.set(2);
        }),
    );
}

/// Files that the process has open; the one that reads the folder is among them.
fn open() -> i64 {
    fs::read_dir("/proc/self/fd").map_or(-1, |entries| entries.count() as i64)
}

fn files(p: &mut Probe) {
    let before = open();
    let mut most = 0;
    for _ in 0..FILES {
        let _file = File::open("/dev/null");
        most = most.max(open() - before);
    }
    p.outcome("open-during-the-loop", most);
    let kept: Vec<_> = (0..FILES).map(|_| File::open("/dev/null")).collect();
    p.outcome("open-while-kept-in-a-vector", open() - before);
    drop(kept);
    p.outcome("open-after-the-function", open() - before);
}

fn idioms(p: &mut Probe) {
    let mutex = Mutex::new(());
    {
        let _guard = mutex.lock();
        let locked = matches!(mutex.try_lock(), Err(TryLockError::WouldBlock));
        p.outcome("locked-within", locked);
    }
    p.outcome("unlocked-after", mutex.try_lock().is_ok());
    let took = Cell::new(Duration::ZERO);
    {
        let start = Instant::now();
        let _timer = Guard(|| took.set(start.elapsed()));
        thread::sleep(PAUSE);
    }
    p.outcome("timing-sees-the-pause", took.get() >= PAUSE);
    let said = panics(|| panic!("as asked"));
    p.outcome("recovered", said.unwrap_or_default());
}

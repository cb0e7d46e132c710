//! What a panic ends, what it runs on its way, and where it can be stopped, in Rust.

use std::cell::RefCell;
use std::hint::black_box;
use std::panic::catch_unwind;
use std::process::{self, ExitCode};
use std::thread;
use std::time::Duration;

use rust_equivalents::{Child, Probe, Program, panics, run_child};

/// How long a child may take: far longer than it needs.
const LIMIT: Duration = Duration::from_secs(20);

/// Runs a function when it is dropped.
struct Guard<F: FnMut()>(F);

impl<F: FnMut()> Drop for Guard<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("panic-recover");
    program.case("unwinding", "guards on the way of a panic", unwinding);
    program.case("examples", "what panics, and what is an error", examples);
    program.case("recover", "where a panic is stopped", recover);
    program.case("goroutine", "a panic of another thread", thread_panics);
    program.case("several", "a panic of a guard", several);
    program.case(
        "log-fatal",
        "process::exit and abort beside a panic",
        log_fatal,
    );

    program.case("thread-child", "another thread panics, main waits", |_| {
        // That it panicked is what the case is about.
        let joined = thread::spawn(|| panic!("in a thread")).join();
        println!("joined with an error: {}", joined.is_err());
        println!("main lives");
    });
    program.case(
        "several-child",
        "a guard panics while a panic unwinds",
        |_| {
            let _guard = Guard(|| panic!("second"));
            panic!("first");
        },
    );
    program.case("exit-child", "process::exit with a guard alive", |_| {
        let _guard = Guard(|| println!("dropped"));
        eprintln!("as asked");
        process::exit(1);
    });
    program.case("panic-child", "a panic with a guard alive", |_| {
        let _guard = Guard(|| println!("dropped"));
        panic!("as asked");
    });
    program.run()
}

/// What a child did, or an end that no claim expects where it can't be started.
fn child(p: &mut Probe, name: &str) -> Option<Child> {
    match run_child(LIMIT, &[], &[&format!("--case={name}")]) {
        Ok(child) => Some(child),
        Err(error) => {
            p.outcome("child-failed", error.to_string());
            None
        }
    }
}

fn unwinding(p: &mut Probe) {
    let steps = RefCell::new(Vec::new());
    let note = |step: &'static str| {
        let steps = &steps;
        Guard(move || steps.borrow_mut().push(step))
    };
    let message = panics(|| {
        let _first = note("outer-first");
        let _last = note("outer-last");
        let middle = || {
            let _guard = note("middle");
            let inner = || {
                let _guard = note("inner");
                panic!("in inner");
            };
            inner();
        };
        middle();
    });
    p.outcome("order", steps.borrow().join(" "));
    p.outcome("message", message.unwrap_or_default());
}

fn examples(p: &mut Probe) {
    let list = [1, 2, 3];
    let index = panics(|| list[black_box(3)]).unwrap_or_default();
    p.outcome("index-out-of-range", index.contains("out of bounds"));
    p.outcome("get-out-of-range", list.get(black_box(3)).is_some());
    let none: Option<i64> = black_box(None);
    let unwrapped = panics(|| none.unwrap_or_else(|| panic!("no value"))).unwrap_or_default();
    p.outcome("unwrap-of-none-panics", unwrapped == "no value");
    let parsed = black_box("(unclosed").parse::<i64>();
    p.outcome("invalid-text-is-an-error", parsed.is_err());
}

fn recover(p: &mut Probe) {
    let stopped = catch_unwind(|| panic!("as asked")).is_err();
    p.outcome("caught-by-the-caller", stopped);
    // Code that runs while a panic unwinds can't stop it: only a caller that asked for it can.
    let through_guard = panics(|| {
        let _guard = Guard(|| {
            let _ = catch_unwind(|| ());
        });
        panic!("as asked");
    });
    p.outcome("stopped-in-a-guard", through_guard.is_none());
}

fn thread_panics(p: &mut Probe) {
    if let Some(child) = child(p, "thread-child") {
        p.outcome("fate", child.fate());
        p.outcome("main-lives", child.stdout.contains("main lives"));
        let told = child.stdout.contains("joined with an error: true");
        p.outcome("join-is-an-error", told);
    }
}

fn several(p: &mut Probe) {
    if let Some(child) = child(p, "several-child") {
        p.outcome("fate", child.fate());
    }
}

fn log_fatal(p: &mut Probe) {
    if let Some(child) = child(p, "exit-child") {
        p.outcome("exit-fate", child.fate());
        p.outcome("exit-drops-guards", child.stdout.contains("dropped"));
    }
    if let Some(child) = child(p, "panic-child") {
        p.outcome("panic-fate", child.fate());
        p.outcome("panic-drops-guards", child.stdout.contains("dropped"));
    }
}

//! What tasks, coroutines and OS threads cost: to create, to keep and to switch between. It needs
//! Linux.

mod limits;
mod park;
mod spawn;
mod switch;
mod thread;
mod tlb;

use std::fmt::Display;
use std::process::ExitCode;
use std::str::FromStr;

use rust_equivalents::Program;

/// What stands in for a goroutine, or for a thread that Go makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impl {
    /// Tasks of tokio on the calling thread.
    TokioCurrent,
    /// Tasks of tokio on two worker threads.
    TokioMulti,
    /// Coroutines with a stack each, resumed by the program itself.
    Coroutine,
    /// `std::thread`, joined through handles.
    Thread,
    /// `std::thread::scope`.
    Scope,
}

const IMPLS: [(Impl, &str); 5] = [
    (Impl::TokioCurrent, "tokio-current"),
    (Impl::TokioMulti, "tokio-multi"),
    (Impl::Coroutine, "coroutine"),
    (Impl::Thread, "thread"),
    (Impl::Scope, "scope"),
];

impl FromStr for Impl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        (IMPLS.iter().find(|(_, name)| *name == text))
            .map(|(found, _)| *found)
            .ok_or_else(|| format!("none of {}", IMPLS.map(|(_, name)| name).join(", ")))
    }
}

impl Display for Impl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = IMPLS.iter().find(|(known, _)| known == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("goroutine-spawn");
    let unit = program.param("impl", Impl::TokioCurrent, "what is spawned");
    let batch = program.param("batch", 100_u64, "units that exist at a time");
    let units = program.param(
        "units",
        10_000_u64,
        "units in a sample (spawn), units to park (park)",
    );
    let stack = program.param(
        "stack",
        thread::Stack::StdDefault,
        "stack of a thread: std-default, c-default, or KiB",
    );
    let by = program.param(
        "by",
        "yield".to_owned(),
        "what hands over: yield, channel (switch); park, pipe (switch-thread)",
    );
    let switches = program.param("switches", 200_000_u64, "switches in a sample");
    let pages = program.param("pages", 1024_usize, "pages read after each switch");

    program.case("spawn", "start and join tasks", move |p| {
        spawn::tasks(p, unit, units, batch);
    });
    program.case("spawn-thread", "start and join threads", move |p| {
        spawn::threads(p, unit, stack, units, batch);
    });
    program.case("park", "memory of tasks that wait", move |p| {
        park::tasks(p, unit, units);
    });
    program.case("park-thread", "memory of threads that wait", move |p| {
        park::threads(p, stack, units);
    });
    let what = by.clone();
    program.case("switch", "two tasks that take turns", move |p| {
        switch::tasks(p, unit, &what, switches);
    });
    program.case(
        "switch-thread",
        "two threads on one CPU that take turns",
        move |p| switch::threads(p, &by, switches),
    );
    program.case(
        "tlb",
        "reading pages after a thread switch, a process switch and a TLB flush",
        move |p| tlb::measure(p, pages, switches),
    );
    program.case(
        "thread-limit",
        "threads that the kernel's settings allow, and the C library's default stack",
        limits::report,
    );
    program.run()
}

/// Ends the process: without `done`, the invocation counts as failed.
pub fn fatal(doing: &str, error: impl Display) -> ! {
    eprintln!("goroutine-spawn: {doing}: {error}");
    std::process::exit(1)
}

/// The value, or the end of the process.
pub trait OrFatal<T> {
    /// Says what was being done if it failed.
    fn or_fatal(self, doing: &str) -> T;
}

impl<T, E: Display> OrFatal<T> for Result<T, E> {
    fn or_fatal(self, doing: &str) -> T {
        self.unwrap_or_else(|error| fatal(doing, error))
    }
}

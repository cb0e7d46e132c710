//! Pools of workers and semaphores: every job once, a bound that holds, an end without leftovers, what a panic does, what
//! resizing takes.

mod gauge;
mod pool;
mod semaphore;

use std::process::ExitCode;

use rust_equivalents::Program;

fn main() -> ExitCode {
    let mut program = Program::new("worker-pool");
    program.case("pool", "a pool takes a thousand jobs", pool::runs);
    program.case(
        "close",
        "who closes the results, and when",
        pool::who_closes,
    );
    program.case("shutdown", "the jobs channel is closed", pool::shutdown);
    program.case(
        "panic",
        "jobs panic, with and without catch_unwind",
        pool::panicking,
    );
    program.case("semaphore", "a semaphore bounds tasks", semaphore::bounds);
    program.case(
        "resize",
        "a semaphore gets smaller and larger",
        semaphore::resize,
    );
    program.run()
}

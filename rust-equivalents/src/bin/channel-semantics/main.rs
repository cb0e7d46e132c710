//! When operations on bounded channels block, what becomes of a value for which there is no room, and how long a buffer
//! hides a slow consumer: crossbeam's channels between threads, tokio's where order or the latest value is asked for.

mod blocking;
mod slow;
mod tasks;

use std::process::ExitCode;
use std::time::Duration;

use rust_equivalents::Program;

/// How long something must not return to count as blocked for ever.
pub const BLOCKED: Duration = Duration::from_millis(300);
/// The limit for what does return, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let mut program = Program::new("channel-semantics");
    let capacity = program.param("capacity", 10_000_usize, "values that fit into the channel");
    let rate_in = program.param(
        "rate-in",
        50_000_u32,
        "values a second that the producer makes",
    );
    let rate_out = program.param(
        "rate-out",
        25_000_u32,
        "values a second that the consumer takes",
    );
    program.case(
        "rendezvous",
        "who waits for whom on a channel without room",
        blocking::rendezvous,
    );
    program.case(
        "buffered",
        "when operations on a channel with five places block",
        blocking::buffered,
    );
    program.case(
        "latest-value",
        "a place for the latest value",
        tasks::latest_value,
    );
    program.case("try-send", "try_send on a full channel", blocking::try_send);
    program.case(
        "queue",
        "the order in which waiting tasks are served",
        tasks::queue,
    );
    program.case(
        "slow-consumer",
        "a producer twice as fast as its consumer, until it blocks",
        move |p| slow::consumer(p, capacity, rate_in, rate_out),
    );
    program.run()
}

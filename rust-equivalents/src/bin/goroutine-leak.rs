//! Threads and tasks that wait for something that never comes. In Rust the other end of a channel is owned by somebody:
//! when it is dropped, the one that waits is told.

use std::error::Error;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use rust_equivalents::{Probe, Program, returns};
use tokio::runtime::Builder;

/// How long something must have waited to count as blocked for ever.
const PATIENCE: Duration = Duration::from_millis(300);
/// A limit that even a busy machine keeps.
const AMPLE: Duration = Duration::from_secs(10);

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let mut program = Program::new("goroutine-leak");
    program.case(
        "blocked",
        "tasks whose channels nobody holds any more",
        |p| {
            ended("blocked", blocked(p));
        },
    );
    program.case(
        "range",
        "a loop over a channel whose sender is dropped, kept, or leaked",
        |p| ended("range", ranging(p)),
    );
    program.run()
}

/// Without done, the invocation counts as failed.
fn ended(case: &str, outcome: Outcome) {
    if let Err(error) = outcome {
        eprintln!("goroutine-leak: {case}: {error}");
        std::process::exit(1);
    }
}

/// The runtime's count of living tasks, with the senders held and after they were dropped.
fn blocked(p: &mut Probe) -> Outcome {
    const TASKS: usize = 1000;
    let runtime = Builder::new_current_thread().build()?;
    let (before, after) = runtime.block_on(async {
        let mut senders = Vec::new();
        let mut tasks = Vec::new();
        for _ in 0..TASKS {
            let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
            senders.push(sender);
            tasks.push(tokio::spawn(receiver));
        }
        tokio::task::yield_now().await;
        let metrics = tokio::runtime::Handle::current().metrics();
        let before = metrics.num_alive_tasks();
        drop(senders);
        for task in tasks {
            // An error of the channel, which is what ends the task.
            let _told = task.await?;
        }
        Ok::<_, Box<dyn Error>>((before, metrics.num_alive_tasks()))
    })?;
    p.outcome("alive-while-senders-live", i64::try_from(before)?);
    p.outcome("alive-after-senders-died", i64::try_from(after)?);
    Ok(())
}

fn filled() -> Result<(mpsc::Sender<i32>, mpsc::Receiver<i32>), mpsc::SendError<i32>> {
    let (sender, receiver) = mpsc::channel();
    for v in 0..3 {
        sender.send(v)?;
    }
    Ok((sender, receiver))
}

fn ranging(p: &mut Probe) -> Outcome {
    let (sender, receiver) = filled()?;
    drop(sender);
    p.outcome(
        "ends-when-sender-dropped",
        returns(AMPLE, move || for _ in receiver {}),
    );
    let (sender, receiver) = filled()?;
    p.outcome(
        "ends-while-sender-lives",
        returns(PATIENCE, move || for _ in receiver {}),
    );
    drop(sender);
    let (sender, receiver) = filled()?;
    // Leaking is safe in Rust, and then nobody is told.
    std::mem::forget(sender);
    p.outcome(
        "ends-when-sender-leaked",
        returns(PATIENCE, move || for _ in receiver {}),
    );
    Ok(())
}

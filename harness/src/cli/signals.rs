//! Ctrl-C: once to finish the invocation and report, twice to stop now.

use std::thread;

use anyhow::Context as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::context::Context;
use crate::engine::Interrupt;

/// Listens on a thread of its own, which sleeps until a signal comes.
///
/// # Errors
/// The system refuses the handler.
pub fn listen(interrupt: &Interrupt, context: &Context) -> anyhow::Result<()> {
    // A closed terminal (SIGHUP) and Ctrl-\ would leave the measured program behind, in a group of its own.
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]).context("cannot listen for Ctrl-C")?;
    let interrupt = interrupt.clone();
    let context = context.clone();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for _ in signals.forever() {
                let again = interrupt.is_asked();
                interrupt.ask();
                context.tell(if again {
                    "stopping now"
                } else {
                    "finishing this invocation, then the report; once more to stop now"
                });
            }
        })
        .context("cannot start a thread that listens for Ctrl-C")?;
    Ok(())
}

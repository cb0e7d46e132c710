//! `harness completions`: a completion script on stdout.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Cli;
use super::context;
use super::exit::Exit;

/// Prints the script.
///
/// # Errors
/// What stdout returns.
pub fn completions(shell: Shell) -> anyhow::Result<Exit> {
    // Into memory first: clap_complete panics where a pipe's reader has gone away.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "harness", &mut script);
    context::write_stdout(&script)?;
    Ok(Exit::Fine)
}

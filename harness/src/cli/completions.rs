//! `harness completions`: a completion script on stdout.

use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Cli;
use super::exit::Exit;

/// Prints the script.
pub fn completions(shell: Shell) -> Exit {
    clap_complete::generate(shell, &mut Cli::command(), "harness", &mut io::stdout());
    Exit::Fine
}

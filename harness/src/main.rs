//! The `harness` command.

use std::process::ExitCode;

use harness::cli::{self, exit};

fn main() -> ExitCode {
    match cli::main() {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  caused by: {cause}");
            }
            exit::of_error(&error).into()
        }
    }
}

//! The `harness` command.

use std::io::Write as _;
use std::process::ExitCode;

use harness::cli::{self, exit};

fn main() -> ExitCode {
    match cli::main() {
        Ok(exit) => exit.into(),
        Err(error) => {
            // Nobody can be told where stderr is closed or full; the exit code still says it.
            let mut stderr = std::io::stderr().lock();
            let _ = writeln!(stderr, "error: {error}");
            for cause in error.chain().skip(1) {
                let _ = writeln!(stderr, "  caused by: {cause}");
            }
            exit::of_error(&error).into()
        }
    }
}

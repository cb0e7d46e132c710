//! What an error is in Rust: a value with a source, wrapped and looked for by hand, in a `Result` that can't be used
//! without a look at it.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitCode;

use rust_equivalents::{Probe, Program};

/// An error with a cause.
#[derive(Debug)]
struct Context {
    doing: &'static str,
    source: Box<dyn Error>,
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.source)
    }
}

impl Error for Context {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// The first error of the chain that is a `T`.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn main() -> ExitCode {
    let mut program = Program::new("error-values");
    program.case("interface", "what the trait Error asks for", interface);
    program.case("chain", "errors wrapped twice, and looked for", chain);
    program.run()
}

/// Needs `Debug` and `Display`, and no method of `Error` itself.
#[derive(Debug)]
struct Bare;

impl fmt::Display for Bare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bare")
    }
}

impl Error for Bare {}

fn interface(p: &mut Probe) {
    let error: Box<dyn Error> = Box::new(Bare);
    p.outcome("a-type-with-debug-and-display-is-one", error.to_string());
    p.outcome("has-a-source", error.source().is_some());
}

fn chain(p: &mut Probe) {
    let cause = io::Error::from(io::ErrorKind::UnexpectedEof);
    let once = Context {
        doing: "reading header",
        source: Box::new(cause),
    };
    let twice = Context {
        doing: "loading file",
        source: Box::new(once),
    };
    p.outcome("message", twice.to_string());
    let found = find::<io::Error>(&twice).map(io::Error::kind);
    p.outcome("is-the-cause", found == Some(io::ErrorKind::UnexpectedEof));
    p.outcome("as-another-type", find::<fmt::Error>(&twice).is_some());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_wrapped_and_nothing_else() {
        let error = Context {
            doing: "a",
            source: Box::new(Bare),
        };
        assert!(find::<Bare>(&error).is_some());
        assert!(find::<Context>(&error).is_some());
        assert!(find::<io::Error>(&error).is_none());
    }
}

//! One line that a program printed to a record; all lines to an end. The rules are in `docs/PROTOCOL.md`.
//!
//! No input makes it panic, and what is wrong with a line is told by its number and in words.

mod line;
mod parser;

pub use parser::{Parsed, Parser, Progress};

/// Where a line of stdout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// At its newline.
    Newline,
    /// With the stream: the program may have been stopped in the middle of it.
    Eof,
    /// At the limit of what is kept of a line.
    TooLong,
}

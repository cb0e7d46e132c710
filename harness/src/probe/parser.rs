//! The lines of one invocation, in order.

use super::LineEnd;
use super::line::{Garbage, Understood, understand};
use crate::record::{Hello, PROTOCOL, ProbeEnd, Record};

/// What a line was to the one who waits for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More is to come.
    More,
    /// `done`: the program has said all.
    Done,
    /// Something was wrong, here or earlier; whatever comes is ignored.
    Spoiled,
}

/// What a program said.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The receipt, where it came first and was this protocol's.
    pub hello: Option<Hello>,
    /// The records up to the first thing that was wrong, `hello` and `done` left out.
    pub records: Vec<Record>,
    /// What it was worth.
    pub end: ProbeEnd,
    /// Oddities that spoil nothing: unknown types, unknown fields; one each.
    pub warnings: Vec<String>,
}

/// Takes the stdout of one invocation line by line.
#[derive(Debug)]
pub struct Parser {
    expected_program: String,
    hello: Option<Hello>,
    records: Vec<Record>,
    lines: u64,
    /// Number of lines before `done`, and what it announced.
    done: Option<(u64, u64)>,
    spoiled: Option<ProbeEnd>,
    unknown_types: Oddity,
    unknown_fields: Oddity,
}

impl Parser {
    /// A parser of what `expected_program` prints.
    pub fn new(expected_program: &str) -> Parser {
        Parser {
            expected_program: expected_program.to_owned(),
            hello: None,
            records: Vec::new(),
            lines: 0,
            done: None,
            spoiled: None,
            unknown_types: Oddity::default(),
            unknown_fields: Oddity::default(),
        }
    }

    /// Takes a line that ended with a newline, given without it.
    pub fn push_line(&mut self, bytes: &[u8]) -> Progress {
        self.push(bytes, LineEnd::Newline)
    }

    /// Takes a line, whatever ended it.
    ///
    /// A last line without a newline counts if it is a record; otherwise the program was stopped while it
    /// wrote, which makes its output truncated, not garbage.
    pub fn push(&mut self, bytes: &[u8], end: LineEnd) -> Progress {
        if self.spoiled.is_some() {
            return Progress::Spoiled;
        }
        let understood = match end {
            LineEnd::Newline => understand(bytes),
            LineEnd::TooLong => Err(Garbage::new(format_args!(
                "longer than {} bytes",
                bytes.len()
            ))),
            LineEnd::Eof => match understand(bytes) {
                Err(_) if self.done.is_none() => return Progress::More,
                understood => understood,
            },
        };
        self.lines += 1;
        let taken = match understood {
            Ok(understood) => self.take(understood),
            Err(garbage) => Err(self.garbage(garbage)),
        };
        taken.unwrap_or_else(|end| {
            self.spoiled = Some(end);
            Progress::Spoiled
        })
    }

    /// The program has ended.
    pub fn finish(self) -> Parsed {
        let end = match (self.spoiled, self.done) {
            (Some(end), _) => end,
            (None, Some((seen, announced))) if seen == announced => ProbeEnd::Complete,
            (None, Some((seen, announced))) => ProbeEnd::Truncated {
                seen,
                announced: Some(announced),
            },
            (None, None) => ProbeEnd::Truncated {
                seen: self.lines,
                announced: None,
            },
        };
        let warnings = [
            self.unknown_types.into_warning("record type"),
            self.unknown_fields.into_warning("field"),
        ];
        Parsed {
            hello: self.hello,
            records: self.records,
            end,
            warnings: warnings.into_iter().flatten().collect(),
        }
    }

    fn take(&mut self, understood: Understood) -> Result<Progress, ProbeEnd> {
        if self.done.is_some() {
            return Err(self.garbage(Garbage::new("a line after `done`")));
        }
        match understood {
            Understood::NewerProtocol(theirs) if self.hello.is_none() => {
                return Err(ProbeEnd::NewerProtocol {
                    theirs,
                    ours: PROTOCOL,
                });
            }
            Understood::Record(Record::Hello(hello), unknown) if self.hello.is_none() => {
                if self.lines > 1 || hello.program != self.expected_program {
                    return Err(self.wrong_program(hello.program));
                }
                self.hello = Some(hello);
                self.note_field(unknown);
            }
            _ if self.hello.is_none() => {
                return Err(self.wrong_program("a program that does not begin with `hello`".into()));
            }
            Understood::NewerProtocol(_) | Understood::Record(Record::Hello(_), _) => {
                return Err(self.garbage(Garbage::new("a second `hello`")));
            }
            Understood::UnknownType(kind) => self.unknown_types.note(kind, self.lines),
            Understood::Record(Record::Done { records }, unknown) => {
                self.note_field(unknown);
                self.done = Some((self.lines - 1, records));
                return Ok(Progress::Done);
            }
            Understood::Record(record, unknown) => {
                self.records.push(record);
                self.note_field(unknown);
            }
        }
        Ok(Progress::More)
    }

    fn note_field(&mut self, field: Option<String>) {
        if let Some(field) = field {
            self.unknown_fields.note(field, self.lines);
        }
    }

    fn garbage(&self, garbage: Garbage) -> ProbeEnd {
        ProbeEnd::Garbage {
            line: self.lines,
            error: garbage.into_text(),
        }
    }

    fn wrong_program(&self, found: String) -> ProbeEnd {
        ProbeEnd::WrongProgram {
            expected: self.expected_program.clone(),
            found,
        }
    }
}

/// Something unknown: how often, and where first.
#[derive(Debug, Default)]
struct Oddity {
    lines: u64,
    first: Option<(String, u64)>,
}

impl Oddity {
    fn note(&mut self, name: String, line: u64) {
        self.lines += 1;
        self.first.get_or_insert((name, line));
    }

    fn into_warning(self, what: &str) -> Option<String> {
        let (name, line) = self.first?;
        let more = match self.lines {
            1 => String::new(),
            n => format!(" (unknown {what}s in {n} lines)"),
        };
        Some(format!(
            "ignored unknown {what} `{name}` in line {line}{more}"
        ))
    }
}

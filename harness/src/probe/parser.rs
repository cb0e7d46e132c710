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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    const HELLO: &str = r#"{"type":"hello","protocol":1,"program":"maps","language":"go","toolchain":"go1.27.3","build":{"GOAMD64":"v1"},"params":{"case":"insert","seed":"1"}}"#;
    const SAMPLE: &str = r#"{"type":"sample","metric":"insert","unit":"ns","phase":"measure","ops":1000,"value":48210.5,"at":4096}"#;
    const CHECK: &str = r#"{"type":"check","value":"9e3779b97f4a7c15"}"#;

    fn done(records: u64) -> String {
        format!(r#"{{"type":"done","records":{records}}}"#)
    }

    fn parse<L: AsRef<[u8]>>(lines: &[L]) -> Parsed {
        let mut parser = Parser::new("maps");
        for line in lines {
            parser.push_line(line.as_ref());
        }
        parser.finish()
    }

    /// Line number and error.
    fn garbage(parsed: &Parsed) -> (u64, &str) {
        match &parsed.end {
            ProbeEnd::Garbage { line, error } => (*line, error),
            end => panic!("{end:?}"),
        }
    }

    #[test]
    fn a_whole_output_of_every_record_type() {
        let lines = [
            HELLO,
            SAMPLE,
            r#"{"type":"hist","metric":"pause","unit":"ns","bounds":[0,1000,"+Inf"],"counts":[5,1],"max":4321}"#,
            r#"{"type":"value","metric":"cycles","unit":"1","value":12}"#,
            r#"{"type":"value","metric":"idle","unit":"ns","absent":"not in this release"}"#,
            r#"{"type":"outcome","key":"panics","value":true}"#,
            CHECK,
            &done(7),
        ];
        let parsed = parse(&lines);
        assert_eq!(parsed.end, ProbeEnd::Complete);
        assert_eq!(parsed.warnings, [""; 0]);
        assert_eq!(parsed.hello.as_ref().unwrap().params["case"], "insert");
        let again: Vec<serde_json::Value> = parsed
            .records
            .iter()
            .map(|r| serde_json::to_value(r).unwrap())
            .collect();
        assert_eq!(again.len(), 6);
        assert_eq!(again[0]["value"], 48210.5);
        assert_eq!(again[1]["bounds"][2], "+Inf");
        assert_eq!(again[3]["absent"], "not in this release");
        assert_eq!(again[4]["value"], true);
        assert_eq!(again[5]["value"], "9e3779b97f4a7c15");
    }

    #[test]
    fn done_must_count_every_line_before_it() {
        for announced in [0, 1, 3] {
            let parsed = parse(&[HELLO, SAMPLE, &done(announced)]);
            let expected = ProbeEnd::Truncated {
                seen: 2,
                announced: Some(announced),
            };
            assert_eq!(parsed.end, expected);
            assert_eq!(parsed.records.len(), 1);
        }
    }

    #[test]
    fn no_done_is_truncated_even_with_nothing_at_all() {
        let truncated = |seen| ProbeEnd::Truncated {
            seen,
            announced: None,
        };
        assert_eq!(parse::<&str>(&[]).end, truncated(0));
        assert_eq!(parse(&[HELLO, SAMPLE]).end, truncated(2));
    }

    #[test]
    fn garbage_ends_it_and_keeps_what_came_before() {
        for bad in [
            "",
            "   ",
            "fatal error: all goroutines are asleep",
            "null",
            "{}",
        ] {
            let parsed = parse(&[HELLO, SAMPLE, bad, SAMPLE, &done(4)]);
            assert_eq!(garbage(&parsed).0, 3, "{bad}");
            assert_eq!(parsed.records.len(), 1, "{bad}");
        }
        let parsed = parse(&[HELLO.as_bytes(), b"{\"type\":\"check\",\"value\":\"\xff\"}"]);
        assert!(garbage(&parsed).1.starts_with("invalid UTF-8"));
    }

    #[test]
    fn nothing_may_follow_done() {
        let parsed = parse(&[HELLO, SAMPLE, &done(2), CHECK]);
        assert_eq!(garbage(&parsed), (4, "a line after `done`"));
        assert_eq!(parsed.records.len(), 1);
        let parsed = parse(&[HELLO, &done(1), &done(2)]);
        assert_eq!(garbage(&parsed), (3, "a line after `done`"));
    }

    #[test]
    fn hello_comes_first_and_once_and_names_the_program() {
        let found = |lines: &[&str]| match parse(lines).end {
            ProbeEnd::WrongProgram { expected, found } => {
                assert_eq!(expected, "maps");
                found
            }
            end => panic!("{end:?}"),
        };
        assert_eq!(found(&[&HELLO.replace("maps", "slices"), SAMPLE]), "slices");
        let nobody = "a program that does not begin with `hello`";
        assert_eq!(found(&[SAMPLE, HELLO]), nobody);
        assert_eq!(found(&[&done(0)]), nobody);
        assert_eq!(found(&[r#"{"type":"greeting"}"#, HELLO]), nobody);
        assert_eq!(garbage(&parse(&[HELLO, HELLO])), (2, "a second `hello`"));
    }

    #[test]
    fn a_newer_protocol_is_refused_whatever_else_its_hello_holds() {
        for (hello, theirs) in [
            (HELLO.replace(r#""protocol":1"#, r#""protocol":2"#), 2),
            (
                r#"{"type":"hello","protocol":3,"who":["maps"]}"#.to_owned(),
                3,
            ),
            (
                r#"{"type":"hello","protocol":99999999999}"#.to_owned(),
                u32::MAX,
            ),
        ] {
            let parsed = parse(&[hello.as_str(), SAMPLE]);
            assert_eq!(parsed.end, ProbeEnd::NewerProtocol { theirs, ours: 1 });
            assert_eq!(parsed.hello, None);
            assert_eq!(parsed.records, []);
        }
    }

    #[test]
    fn what_is_unknown_is_ignored_with_one_warning_each() {
        let trace = r#"{"type":"trace","anything":[{}]}"#;
        let odd = SAMPLE.replace(r#""ops""#, r#""colour":"red","ops""#);
        let parsed = parse(&[
            HELLO,
            trace,
            &odd,
            trace,
            r#"{"type":"span"}"#,
            &odd,
            &done(6),
        ]);
        assert_eq!(parsed.end, ProbeEnd::Complete);
        assert_eq!(parsed.records.len(), 2);
        assert_eq!(
            parsed.warnings,
            [
                "ignored unknown record type `trace` in line 2 (unknown record types in 3 lines)",
                "ignored unknown field `sample.colour` in line 3 (unknown fields in 2 lines)",
            ]
        );
    }

    #[test]
    fn a_last_line_without_newline_counts_if_it_is_whole() {
        let last = |bytes: &str, end| {
            let mut parser = Parser::new("maps");
            parser.push_line(HELLO.as_bytes());
            parser.push(bytes.as_bytes(), end);
            parser.finish().end
        };
        assert_eq!(last(&done(1), LineEnd::Eof), ProbeEnd::Complete);
        let torn = &SAMPLE[..40];
        let truncated = ProbeEnd::Truncated {
            seen: 1,
            announced: None,
        };
        assert_eq!(last(torn, LineEnd::Eof), truncated);
        assert!(matches!(
            last(torn, LineEnd::Newline),
            ProbeEnd::Garbage { line: 2, .. }
        ));
        // What was kept happens to be a record; the line was not.
        assert!(matches!(
            last(&done(1), LineEnd::TooLong),
            ProbeEnd::Garbage { line: 2, .. }
        ));
    }

    #[test]
    fn progress_tells_when_to_let_the_program_go() {
        let mut parser = Parser::new("maps");
        assert_eq!(parser.push_line(HELLO.as_bytes()), Progress::More);
        assert_eq!(parser.push_line(done(9).as_bytes()), Progress::Done);
        assert_eq!(parser.push_line(b"?"), Progress::Spoiled);
        assert_eq!(parser.push_line(done(1).as_bytes()), Progress::Spoiled);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_bytes_make_it_panic(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..6)) {
            let parsed = parse(&lines);
            prop_assert!(parsed.end != ProbeEnd::Complete);
        }

        /// Closer to the protocol than random bytes: whole lines with a few bytes changed.
        #[test]
        fn no_damage_to_a_good_output_makes_it_panic(
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)
        ) {
            let mut bytes = [HELLO, SAMPLE, CHECK, &done(3)].join("\n").into_bytes();
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
            let parsed = parse(&lines);
            prop_assert!(parsed.records.len() <= lines.len());
        }
    }
}

//! Chunks of a pipe to lines, and the end of stderr, both in bounded memory.

use super::Line;
use crate::probe::LineEnd;

/// Splits a stream into lines; keeps at most one unfinished line, of at most `max_line` bytes.
pub(super) struct LineSplitter {
    max_line: usize,
    unfinished: Vec<u8>,
    /// The current line was handed out cut; its rest is skipped.
    skipping: bool,
}

impl LineSplitter {
    pub(super) fn new(max_line: usize) -> LineSplitter {
        LineSplitter {
            max_line,
            unfinished: Vec::new(),
            skipping: false,
        }
    }

    /// Takes the next bytes of the stream and hands out the lines that they finish or make too long.
    pub(super) fn push(&mut self, chunk: &[u8], on_line: &mut dyn FnMut(Line<'_>)) {
        for piece in chunk.split_inclusive(|&b| b == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(_) if self.skipping => self.skipping = false,
                None if self.skipping => {}
                Some(rest) => {
                    self.hand_out(rest, LineEnd::Newline, on_line);
                    self.unfinished.clear();
                }
                None if self.unfinished.len() + piece.len() > self.max_line => {
                    self.hand_out(piece, LineEnd::TooLong, on_line);
                    self.unfinished = Vec::new();
                    self.skipping = true;
                }
                None => self.unfinished.extend_from_slice(piece),
            }
        }
    }

    /// The stream ended: hands out what stands behind the last newline, if anything.
    pub(super) fn finish(mut self, on_line: &mut dyn FnMut(Line<'_>)) {
        if !self.skipping && !self.unfinished.is_empty() {
            self.hand_out(&[], LineEnd::Eof, on_line);
        }
    }

    /// Hands out the unfinished line with `rest` behind it, cut where it is too long.
    fn hand_out(&mut self, rest: &[u8], end: LineEnd, on_line: &mut dyn FnMut(Line<'_>)) {
        let length = self.unfinished.len() + rest.len();
        let (end, room) = if length > self.max_line {
            (LineEnd::TooLong, self.max_line - self.unfinished.len())
        } else {
            (end, rest.len())
        };
        let rest = &rest[..room];
        if self.unfinished.is_empty() {
            on_line(Line { bytes: rest, end });
        } else {
            self.unfinished.extend_from_slice(rest);
            on_line(Line {
                bytes: &self.unfinished,
                end,
            });
        }
    }
}

/// The last bytes of a stream.
pub(super) struct Tail {
    bytes: Vec<u8>,
    limit: usize,
}

impl Tail {
    pub(super) fn new(limit: usize) -> Tail {
        Tail {
            bytes: Vec::new(),
            limit,
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        let chunk = &chunk[chunk.len().saturating_sub(self.limit)..];
        let excess = (self.bytes.len() + chunk.len()).saturating_sub(self.limit);
        self.bytes.drain(..excess);
        self.bytes.extend_from_slice(chunk);
    }

    /// As text; a character that the cut went through is replaced.
    pub(super) fn into_text(self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn split(chunks: &[&[u8]], max_line: usize) -> Vec<(Vec<u8>, LineEnd)> {
        let mut lines = Vec::new();
        let mut splitter = LineSplitter::new(max_line);
        let mut on_line = |line: Line<'_>| lines.push((line.bytes.to_vec(), line.end));
        for chunk in chunks {
            splitter.push(chunk, &mut on_line);
            assert!(splitter.unfinished.len() <= max_line);
        }
        splitter.finish(&mut on_line);
        lines
    }

    #[test]
    fn a_line_too_long_is_cut_once_and_the_next_is_whole() {
        let expected = vec![
            (b"abcd".to_vec(), LineEnd::TooLong),
            (b"ok".to_vec(), LineEnd::Newline),
            (b"abcd".to_vec(), LineEnd::Newline),
            (b"x".to_vec(), LineEnd::Eof),
        ];
        assert_eq!(split(&[b"abcdefgh\nok\nabcd\nx"], 4), expected);
        assert_eq!(
            split(&[b"ab", b"cdef", b"gh", b"\nok\nabc", b"d\nx"], 4),
            expected
        );
    }

    #[test]
    fn a_tail_keeps_the_end_only() {
        let mut tail = Tail::new(4);
        for chunk in ["ab", "cde", "0123456789", "x"] {
            tail.push(chunk.as_bytes());
        }
        assert_eq!(tail.into_text(), "789x");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn lines_do_not_depend_on_where_the_chunks_are_cut(
            text in "[ab\n]{0,60}",
            cuts in prop::collection::vec(0usize..60, 0..8),
            max_line in 1usize..10,
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            prop_assert_eq!(split(&chunks, max_line), split(&[bytes], max_line));
        }
    }
}

//! From a key path to the line where it stands, so that every error names file, line and key.

use std::fmt;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// A step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key of a table.
    Key(String),
    /// An element of an array.
    Index(usize),
}

/// Where in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPath(pub Vec<Step>);

impl KeyPath {
    /// The path below this one, at `key`.
    pub fn key(&self, key: &str) -> KeyPath {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.to_owned()));
        KeyPath(steps)
    }

    /// The path below this one, at element `index`.
    pub fn index(&self, index: usize) -> KeyPath {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        KeyPath(steps)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if i == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// The line, from 1, of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()
        .iter()
        .take(offset)
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

/// The line of the deepest part of `path` that exists; 1 where nothing does.
pub fn locate(text: &str, path: &KeyPath) -> usize {
    let Ok(document) = DeTable::parse(text) else {
        return 1;
    };
    let mut span: Range<usize> = 0..0;
    let mut table: Option<&DeTable<'_>> = Some(document.get_ref());
    let mut array: Option<&[toml::Spanned<DeValue<'_>>]> = None;
    for step in &path.0 {
        let next = match step {
            Step::Key(key) => table.and_then(|t| {
                t.iter()
                    .find(|(k, _)| k.get_ref().as_ref() == key.as_str())
                    .map(|(k, v)| {
                        span = k.span();
                        v
                    })
            }),
            Step::Index(index) => array
                .and_then(|a| a.get(*index))
                .inspect(|v| span = v.span()),
        };
        let Some(value) = next else { break };
        table = None;
        array = None;
        match value.get_ref() {
            DeValue::Table(inner) => table = Some(inner),
            DeValue::Array(inner) => array = Some(inner),
            _ => {}
        }
    }
    line_of(text, span.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_keys_in_tables_and_arrays_of_tables() {
        let text = "a = 1\n[b]\nc = 2\n[[d]]\ne = 3\n[[d]]\ne = 4\n";
        let root = KeyPath::default();
        assert_eq!(locate(text, &root.key("a")), 1);
        assert_eq!(locate(text, &root.key("b").key("c")), 3);
        assert_eq!(locate(text, &root.key("d").index(1).key("e")), 7);
        assert_eq!(locate(text, &root.key("d").index(1).key("missing")), 6);
    }
}

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, RandomState};
use std::hint::black_box;
use std::str::FromStr;

use rust_equivalents::{Phase, Probe, Unit};

use crate::worst::bin_starts;
use crate::{ALLOCATOR, Settings, digest, key_at};

/// Where the curve of memory begins, as on the Go side.
const FIRST_SIZE: u64 = 1024;

/// How many keys leave no doubt how many slots there are: 53 % of 2^18 are full.
const ROOM_KEYS: u64 = 140_000;

/// Digits of a key that is a text.
const DIGITS: usize = 16;

/// The type of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// `&str`, which is what a Go string is: pointer and length.
    String,
    /// `u64`.
    Uint64,
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "string" => Ok(Key::String),
            "uint64" => Ok(Key::Uint64),
            _ => Err("neither string nor uint64".to_owned()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Key::String => "string",
            Key::Uint64 => "uint64",
        })
    }
}

/// Grows one map and reads what it holds at 16 sizes a doubling.
pub(crate) fn curve(p: &mut Probe, settings: Settings) {
    let mut rng = p.rand();
    let starts = bin_starts(FIRST_SIZE, settings.keys);
    let mut held = Vec::with_capacity(starts.len());
    let before = ALLOCATOR.allocated();
    let mut map = settings.new_map::<RandomState>();
    let mut size = 0;
    for &start in &starts {
        while size < start {
            map.insert(rng.next_u64(), size);
            size += 1;
        }
        held.push(ALLOCATOR.allocated() - before);
    }
    for (&start, &bytes) in starts.iter().zip(&held) {
        p.sample_at(
            "heap",
            Unit::Bytes,
            Phase::Measure,
            start,
            bytes as f64,
            start as f64,
        );
    }
    p.check(digest(&map, p.seed(), size));
}

/// Compares maps of `n` keys that differ in the type of their values alone. A `HashSet` is a map to
/// `()`, in std too.
pub(crate) fn set(p: &mut Probe, key: Key, n: u64) {
    p.outcome("empty-struct-bytes", size_of::<()>() as i64);
    match key {
        Key::Uint64 => compare_maps(p, word_keys(p.seed(), n)),
        Key::String => {
            let text = key_text(p.seed(), n);
            compare_maps(p, text_keys(&text));
        }
    }
}

fn compare_maps<K: Copy + Eq + Hash>(p: &mut Probe, keys: impl Iterator<Item = K> + Clone) {
    let (none, entries) = heap_of::<K, ()>(keys.clone());
    let (flags, _) = heap_of::<K, bool>(keys.clone());
    let (words, _) = heap_of::<K, u64>(keys);
    p.value("heap-empty", Unit::Bytes, none);
    p.value("heap-bool", Unit::Bytes, flags);
    p.value("heap-uint64", Unit::Bytes, words);
    p.value("saving", Unit::Bytes, flags - none);
    p.check(entries);
}

/// Finds what a value costs in a slot.
pub(crate) fn value(p: &mut Probe, key: Key) {
    match key {
        Key::Uint64 => compare_slots(p, word_keys(p.seed(), ROOM_KEYS)),
        Key::String => {
            let text = key_text(p.seed(), ROOM_KEYS);
            compare_slots(p, text_keys(&text));
        }
    }
}

fn compare_slots<K: Copy + Eq + Hash>(p: &mut Probe, keys: impl Iterator<Item = K> + Clone) {
    let (none, entries) = heap_of::<K, ()>(keys.clone());
    let (flag, _) = heap_of::<K, bool>(keys.clone());
    let (word, _) = heap_of::<K, u64>(keys.clone());
    let (two, _) = heap_of::<K, [u64; 2]>(keys);
    p.value("value-empty", Unit::Bytes, value_bytes(none, word, two));
    p.value("value-bool", Unit::Bytes, value_bytes(flag, word, two));
    p.check(entries);
}

fn word_keys(seed: u64, n: u64) -> impl Iterator<Item = u64> + Clone {
    (0..n).map(move |i| key_at(seed, i))
}

/// The text of `n` keys, [`DIGITS`] hexadecimal digits each.
fn key_text(seed: u64, n: u64) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(DIGITS * n as usize);
    for i in 0..n {
        // Writing to a string cannot fail.
        let _ = write!(text, "{:x}", key_at(seed, i) | 1 << 63);
    }
    text
}

fn text_keys(text: &str) -> impl Iterator<Item = &str> + Clone {
    (0..text.len() / DIGITS).map(move |i| &text[DIGITS * i..DIGITS * (i + 1)])
}

/// What a value costs in each slot of a map, free slots included, to a tenth of a byte. A second word
/// in the value costs 8 bytes a slot, whatever the layout: that gives the number of slots. The first
/// one costs 8 too, so a map without values would hold that much less than `word`.
fn value_bytes(held: f64, word: f64, two_words: f64) -> f64 {
    const SIZE: f64 = size_of::<u64>() as f64;
    let slots = (two_words - word) / SIZE;
    (10.0 * (SIZE - (word - held) / slots)).round() / 10.0
}

/// The heap of a map of `keys` to values of type `V`, and how many entries it has.
fn heap_of<K: Eq + Hash, V: Default>(keys: impl Iterator<Item = K>) -> (f64, usize) {
    let before = ALLOCATOR.allocated();
    let mut map = HashMap::new();
    for key in keys {
        map.insert(key, V::default());
    }
    let held = ALLOCATOR.allocated() - before;
    (held as f64, black_box(map).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_value_costs() {
        let held = |value: f64| f64::from(1 << 18) * (17.0 + value);
        for value in [0.0, 1.0, 8.0] {
            assert_eq!(
                value_bytes(held(value) + 5000.0, held(8.0), held(16.0)),
                value
            );
        }
    }

    #[test]
    fn keys_that_are_texts_are_hexadecimal() {
        let text = key_text(1, 3);
        let keys: Vec<&str> = text_keys(&text).collect();
        assert_eq!(keys.len(), 3);
        for (i, key) in keys.into_iter().enumerate() {
            assert_eq!(
                u64::from_str_radix(key, 16).unwrap(),
                key_at(1, i as u64) | 1 << 63
            );
        }
    }
}

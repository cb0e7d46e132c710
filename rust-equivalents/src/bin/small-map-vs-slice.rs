//! The lookups of `go-programs/small-map-vs-slice`: few entries in a `HashMap`, in a sorted `Vec`, in an unsorted one.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::hint::black_box;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

use rust_equivalents::{Phase, Probe, Program, Rand, Unit, nanos};

/// How much is timed.
struct Plan {
    /// How many keys are drawn: too many for a branch predictor to learn them by heart.
    order_length: usize,
    warmup: usize,
    batches: usize,
}

const LOOKUP: Plan = Plan {
    order_length: 1 << 15,
    warmup: 3,
    batches: 21,
};
/// `by-size` goes through all sizes and is content with less.
const BY_SIZE: Plan = Plan {
    order_length: 1 << 14,
    warmup: 1,
    batches: 5,
};
const SIZES: [u64; 17] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128];
/// The names of the structures, in the order in which they are timed. Rust's binary search is that of the standard
/// library.
const NAMES: [&str; 3] = ["map", "binary", "linear"];

#[derive(Clone, Copy, Debug)]
enum Key {
    Int,
    String,
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "int" => Ok(Key::Int),
            "string" => Ok(Key::String),
            _ => Err("neither int nor string".to_owned()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Key::Int => "int",
            Key::String => "string",
        })
    }
}

#[derive(Clone, Copy, Debug)]
enum Implementation {
    /// SipHash 1-3, the default.
    Std,
    /// The fast variant of foldhash.
    Foldhash,
}

impl FromStr for Implementation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "std" => Ok(Implementation::Std),
            "foldhash" => Ok(Implementation::Foldhash),
            _ => Err("neither std nor foldhash".to_owned()),
        }
    }
}

impl fmt::Display for Implementation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Implementation::Std => "std",
            Implementation::Foldhash => "foldhash",
        })
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("small-map-vs-slice");
    let entries = program.param("entries", 7_u64, "number of entries");
    let key = program.param("key", Key::Int, "type of the keys: int or string");
    let hasher = program.param(
        "impl",
        Implementation::Std,
        "hasher of the map: std or foldhash",
    );
    program.case(
        "lookup",
        "look up random keys among a few entries",
        move |p| {
            let (took, sum) = timed(p, key, hasher, entries, &LOOKUP);
            for (name, batches) in NAMES.iter().zip(&took) {
                for (i, ns) in batches.iter().enumerate() {
                    let phase = if i < LOOKUP.warmup {
                        Phase::Warmup
                    } else {
                        Phase::Measure
                    };
                    let metric = format!("{name}-lookup");
                    p.sample(
                        &metric,
                        Unit::Nanoseconds,
                        phase,
                        LOOKUP.order_length as u64,
                        *ns,
                    );
                }
            }
            p.check(sum);
        },
    );
    program.case(
        "by-size",
        "the same for all sizes, and where the map gets ahead",
        move |p| by_size(p, key, hasher),
    );
    program.run()
}

type Took = [Vec<f64>; 3];

/// Looks up all keys and returns the sum of their values.
type Sum<'a, Q> = &'a dyn Fn(&[Q]) -> u64;

fn timed(p: &Probe, key: Key, hasher: Implementation, entries: u64, plan: &Plan) -> (Took, u64) {
    let mut rng = p.rand();
    let numbers = distinct(&mut rng, entries);
    let order: Vec<usize> = (0..plan.order_length)
        .map(|_| rng.below(entries) as usize)
        .collect();
    let strings = || numbers.iter().map(|number| format!("key-{number:012x}"));
    match (key, hasher) {
        (Key::Int, Implementation::Std) => {
            let lookups = Lookups::<_, RandomState>::new(numbers.iter().copied());
            lookups.compare(&pick(&numbers, &order), plan)
        }
        (Key::Int, Implementation::Foldhash) => {
            let lookups = Lookups::<_, foldhash::fast::RandomState>::new(numbers.iter().copied());
            lookups.compare(&pick(&numbers, &order), plan)
        }
        (Key::String, Implementation::Std) => {
            let lookups = Lookups::<_, RandomState>::new(strings());
            let copies: Vec<String> = strings().collect();
            lookups.compare(&pick_str(&copies, &order), plan)
        }
        (Key::String, Implementation::Foldhash) => {
            let lookups = Lookups::<_, foldhash::fast::RandomState>::new(strings());
            let copies: Vec<String> = strings().collect();
            lookups.compare(&pick_str(&copies, &order), plan)
        }
    }
}

fn pick(numbers: &[i64], order: &[usize]) -> Vec<i64> {
    order.iter().map(|&index| numbers[index]).collect()
}

fn pick_str<'a>(strings: &'a [String], order: &[usize]) -> Vec<&'a str> {
    order.iter().map(|&index| strings[index].as_str()).collect()
}

/// Draws different numbers of 40 bits.
fn distinct(rng: &mut Rand, n: u64) -> Vec<i64> {
    let mut seen = HashSet::new();
    let mut numbers = Vec::new();
    while (numbers.len() as u64) < n {
        let number = rng.below(1 << 40) as i64;
        if seen.insert(number) {
            numbers.push(number);
        }
    }
    numbers
}

/// The same entries three times; a value is the place of its key among the keys given.
struct Lookups<K, S> {
    map: HashMap<K, u64, S>,
    sorted: Vec<(K, u64)>,
    unsorted: Vec<(K, u64)>,
}

impl<K: Ord + Hash + Clone, S: BuildHasher + Default> Lookups<K, S> {
    fn new(keys: impl Iterator<Item = K>) -> Self {
        let unsorted: Vec<(K, u64)> = keys.zip(0..).collect();
        let mut sorted = unsorted.clone();
        sorted.sort();
        Lookups {
            map: unsorted.iter().cloned().collect(),
            sorted,
            unsorted,
        }
    }

    /// Times the structures in turn, batch by batch, so that what disturbs one disturbs its neighbours too.
    fn compare<Q>(&self, wanted: &[Q], plan: &Plan) -> (Took, u64)
    where
        Q: Wanted,
        K: Borrow<Q::Borrowed>,
    {
        let mut took: Took = Default::default();
        let mut sum = 0;
        let sums: [Sum<'_, Q>; 3] = [
            &|wanted| wanted.iter().map(|key| self.of_map(key.borrowed())).sum(),
            &|wanted| wanted.iter().map(|key| self.search(key.borrowed())).sum(),
            &|wanted| wanted.iter().map(|key| self.scan(key.borrowed())).sum(),
        ];
        let rounds = plan.warmup + plan.batches;
        for _ in 0..rounds {
            for (took, of) in took.iter_mut().zip(sums) {
                let start = Instant::now();
                sum += black_box(of(black_box(wanted)));
                took.push(nanos(start.elapsed()) as f64);
            }
        }
        // Go times the binary search of its standard library beside its own.
        let standard: u64 = wanted.iter().map(|key| self.search(key.borrowed())).sum();
        (took, sum + standard * rounds as u64)
    }

    fn of_map<B: Ord + Hash + ?Sized>(&self, key: &B) -> u64
    where
        K: Borrow<B>,
    {
        self.map.get(key).copied().unwrap_or(0)
    }

    fn search<B: Ord + ?Sized>(&self, key: &B) -> u64
    where
        K: Borrow<B>,
    {
        let at = self.sorted.binary_search_by(|(k, _)| k.borrow().cmp(key));
        at.map_or(0, |at| self.sorted[at].1)
    }

    fn scan<B: Ord + ?Sized>(&self, key: &B) -> u64
    where
        K: Borrow<B>,
    {
        let found = self.unsorted.iter().find(|(k, _)| k.borrow() == key);
        found.map_or(0, |(_, value)| *value)
    }
}

/// A key to look up, as a map takes it.
trait Wanted {
    type Borrowed: Ord + Hash + ?Sized;
    fn borrowed(&self) -> &Self::Borrowed;
}

impl Wanted for i64 {
    type Borrowed = i64;
    fn borrowed(&self) -> &i64 {
        self
    }
}

impl Wanted for &str {
    type Borrowed = str;
    fn borrowed(&self) -> &str {
        self
    }
}

fn by_size(p: &mut Probe, key: Key, hasher: Implementation) {
    let mut ratios = [Vec::new(), Vec::new()];
    let mut sum = 0;
    for entries in SIZES {
        let (took, added) = timed(p, key, hasher, entries, &BY_SIZE);
        sum += added;
        let [map, binary, linear] = took.map(|batches| median(&batches[BY_SIZE.warmup..]));
        for ((ratios, name), of) in ratios.iter_mut().zip(&NAMES[1..]).zip([binary, linear]) {
            ratios.push(of / map);
            let metric = format!("{name}-ratio");
            p.sample_at(
                &metric,
                Unit::One,
                Phase::Measure,
                1,
                of / map,
                entries as f64,
            );
        }
    }
    for (ratios, name) in ratios.iter().zip(&NAMES[1..]) {
        let metric = format!("{name}-crossover");
        match crossover(ratios) {
            Some(at) => p.value(&metric, Unit::One, at),
            None => p.absent(
                &metric,
                Unit::One,
                "the map is never ahead up to 128 entries",
            ),
        }
    }
    p.check(sum);
}

/// The number of entries from which on the map is faster, by linear interpolation; `None` where it is not ahead at the
/// largest size.
fn crossover(ratios: &[f64]) -> Option<f64> {
    match ratios.iter().rposition(|ratio| *ratio <= 1.0) {
        None => Some(SIZES[0] as f64),
        Some(last) if last + 1 == ratios.len() => None,
        Some(last) => {
            let share = (1.0 - ratios[last]) / (ratios[last + 1] - ratios[last]);
            let (low, high) = (SIZES[last] as f64, SIZES[last + 1] as f64);
            Some(low + share * (high - low))
        }
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_agree() {
        let lookups =
            Lookups::<_, RandomState>::new(["b", "c", "a"].map(str::to_owned).into_iter());
        for (place, key) in ["b", "c", "a"].into_iter().enumerate() {
            let place = place as u64;
            assert_eq!(lookups.of_map(key), place);
            assert_eq!(lookups.search(key), place);
            assert_eq!(lookups.scan(key), place);
        }
        assert_eq!(lookups.search("d"), 0);
    }

    #[test]
    fn finds_where_the_map_gets_ahead() {
        let mut ratios = vec![2.0; SIZES.len()];
        assert_eq!(crossover(&ratios), Some(1.0));
        ratios[0] = 0.5;
        ratios[2] = 0.5;
        ratios[3] = 1.5;
        assert_eq!(crossover(&ratios), Some(3.5));
        ratios[SIZES.len() - 1] = 0.9;
        assert_eq!(crossover(&ratios), None);
    }
}

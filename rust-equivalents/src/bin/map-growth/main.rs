//! The job of `go-programs/map-growth` with `std::collections::HashMap`: the same table of the same
//! keys, with the hasher that it has by default and with a fast one.

mod collide;
mod growth;
mod memory;
mod moves;
mod worst;

use std::alloc::System;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

use cap::Cap;
use rust_equivalents::{Histogram, Phase, Probe, Program, Rand, Unit, clock_cost, nanos};

use worst::Worst;

/// Counts what is allocated, as Go's runtime does for itself. A map allocates once a doubling, so the
/// count costs the timed cases nothing that could be seen.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// How many lookups are prepared. It is the same for every map size, so that reading the keys to look
/// up costs the same too.
const ORDER_LENGTH: usize = 1 << 20;
const LOOKUP_BATCH: usize = 1 << 16;
const LOOKUP_WARMUP: usize = 4;
const LOOKUP_BATCHES: usize = 28;

/// Which hasher the map has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Implementation {
    /// SipHash 1-3, the default.
    Std,
    /// The fast variant of foldhash, hashbrown's default.
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

/// What the timed cases need to know.
#[derive(Clone, Copy, Debug)]
struct Settings {
    keys: u64,
    hot: u64,
    presize: bool,
}

impl Settings {
    /// An empty map, with room for all keys if the settings say so.
    fn new_map<S: BuildHasher + Default>(self) -> HashMap<u64, u64, S> {
        if self.presize {
            HashMap::with_capacity_and_hasher(self.keys as usize, S::default())
        } else {
            HashMap::default()
        }
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("map-growth");
    let keys = program.param("keys", 1_000_000_u64, "number of keys");
    let hot = program.param(
        "hot",
        0_u64,
        "look up that many of the keys over and over (0: all)",
    );
    let presize = program.param("presize", false, "make the map with room for all keys");
    let key = program.param(
        "key",
        memory::Key::String,
        "type of the keys in set-memory and value-memory: string or uint64",
    );
    let implementation = program.param(
        "impl",
        Implementation::Std,
        "hasher of insert, latency and lookup: std or foldhash",
    );
    let settings = Settings { keys, hot, presize };

    program.case(
        "insert",
        "fill one map, timed as a whole",
        move |p| match implementation {
            Implementation::Std => insert::<RandomState>(p, settings),
            Implementation::Foldhash => insert::<foldhash::fast::RandomState>(p, settings),
        },
    );
    program.case(
        "latency",
        "fill one map, each insert timed by itself",
        move |p| match implementation {
            Implementation::Std => latency::<RandomState>(p, settings),
            Implementation::Foldhash => latency::<foldhash::fast::RandomState>(p, settings),
        },
    );
    program.case(
        "lookup",
        "look up existing keys in random order",
        move |p| match implementation {
            Implementation::Std => lookup::<RandomState>(p, settings),
            Implementation::Foldhash => lookup::<foldhash::fast::RandomState>(p, settings),
        },
    );
    program.case(
        "memory",
        "heap that the map holds at each size on the way",
        move |p| memory::curve(p, settings),
    );
    program.case(
        "set-memory",
        "heap of maps with the same keys and values of several types",
        move |p| memory::set(p, key, keys),
    );
    program.case(
        "value-memory",
        "what a value costs in a slot of a map",
        move |p| memory::value(p, key),
    );
    program.case(
        "growth",
        "at which load the map grows, and what it allocates then",
        growth::growth,
    );
    program.case(
        "moves",
        "what share of the entries one insert moves",
        moves::moves,
    );
    program.case(
        "collide",
        "inserts and lookups of keys that all have one hash",
        move |p| collide::collide(p, keys),
    );
    program.case(
        "collide-limit",
        "what becomes of a thousand keys with one hash",
        collide::limit,
    );
    program.run()
}

/// The key number `i` of a map: what the `i`-th call of a generator gives.
fn key_at(seed: u64, i: u64) -> u64 {
    const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
    Rand::new(seed.wrapping_add(i.wrapping_mul(GAMMA))).next_u64()
}

/// Times one fill of a fresh map in a fresh process.
fn insert<S: BuildHasher + Default>(p: &mut Probe, settings: Settings) {
    let mut rng = p.rand();
    let start = Instant::now();
    let mut map = settings.new_map::<S>();
    for i in 0..settings.keys {
        map.insert(rng.next_u64(), i);
    }
    let took = nanos(start.elapsed());
    p.sample(
        "insert",
        Unit::Nanoseconds,
        Phase::Measure,
        settings.keys,
        took as f64,
    );
    p.check(digest(&map, p.seed(), settings.keys));
}

/// Times every insert by itself.
fn latency<S: BuildHasher + Default>(p: &mut Probe, settings: Settings) {
    let mut rng = p.rand();
    let mut histogram = Histogram::new();
    let mut worst = Worst::new(settings.keys);
    let clock = clock_cost();
    let mut map = settings.new_map::<S>();
    for i in 0..settings.keys {
        let key = rng.next_u64();
        let start = Instant::now();
        map.insert(key, i);
        let took = nanos(start.elapsed());
        histogram.record(took);
        worst.record(i, took);
    }
    p.histogram("insert-latency", Unit::Nanoseconds, &histogram);
    worst.emit(p);
    p.value("clock-cost", Unit::Nanoseconds, clock);
    p.check(digest(&map, p.seed(), settings.keys));
}

/// Times lookups of existing keys, in an order that was drawn beforehand.
fn lookup<S: BuildHasher + Default>(p: &mut Probe, settings: Settings) {
    let mut map = settings.new_map::<S>();
    map.extend((0..settings.keys).map(|i| (key_at(p.seed(), i), i)));
    let order = lookup_order(p.seed(), settings);
    let mut sum = 0_u64;
    let mut next = 0;
    p.batches(
        "lookup",
        LOOKUP_BATCH as u64,
        LOOKUP_WARMUP,
        LOOKUP_BATCHES,
        |ops| {
            let end = next + ops as usize;
            for key in &order[next..end] {
                sum = sum.wrapping_add(map[key]);
            }
            next = end % ORDER_LENGTH;
        },
    );
    p.check(sum);
}

/// Draws the keys to look up: from all, or from `hot` of them.
fn lookup_order(seed: u64, settings: Settings) -> Vec<u64> {
    let Settings { keys, hot, .. } = settings;
    let mut rng = Rand::new(!seed);
    let pool: Vec<u64> = (0..hot).map(|_| key_at(seed, rng.below(keys))).collect();
    (0..ORDER_LENGTH)
        .map(|_| match pool.len() {
            0 => key_at(seed, rng.below(keys)),
            n => pool[rng.below(n as u64) as usize],
        })
        .collect()
}

/// What the map should hold: its length and the sum of every 64th value.
fn digest<S: BuildHasher>(map: &HashMap<u64, u64, S>, seed: u64, keys: u64) -> String {
    let sum = (0..keys)
        .step_by(64)
        .fold(0_u64, |sum, i| sum.wrapping_add(map[&key_at(seed, i)]));
    format!("{} {sum}", map.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_at_is_the_generators_output() {
        assert_eq!(key_at(1_234_567, 0), 6_457_827_717_110_365_317);
        assert_eq!(key_at(1_234_567, 2), 9_817_491_932_198_370_423);
    }
}

//! The five bodies of the comparison with other tools, as functions of a number of units of work.
//!
//! An operation is [`UNITS_PER_OP`] units, and `p` more where a slow-down of `p` % is injected. The injected
//! units are the same code on the same data as the others, so the size of the slow-down is exact by
//! construction and needs no calibration. `go-programs/peers` does the same work.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use rust_equivalents::Rand;
use tokio::runtime::Builder;

/// Units in an operation without a slow-down: one more of them is 1 %.
pub const UNITS_PER_OP: u64 = 100;

/// Their names, in the order of the reports.
pub const NAMES: [&str; 5] = ["map-get", "spawn", "ping-pong", "allocation", "sort"];

const KEYS: usize = 4096;
const GETS: usize = 32;
const BLOCKS: usize = 1024;
const BLOCK_BYTES: usize = 128;
const SORTED: usize = 64;

/// Does as many units as it is asked for, and returns how many it counted while it did them.
pub type Body = Box<dyn FnMut(u64) -> u64>;

/// Units of work in `ops` operations, slowed down by `extra_percent`.
pub fn units(ops: u64, extra_percent: u64) -> u64 {
    ops * (UNITS_PER_OP + extra_percent)
}

/// The body of that name, with its data made from `rand`; `None` for an unknown name.
///
/// # Errors
/// The system gives no thread.
pub fn body(name: &str, rand: Rand) -> std::io::Result<Option<Body>> {
    Ok(Some(match name {
        "map-get" => map_get(rand),
        "spawn" => spawn()?,
        "ping-pong" => ping_pong()?,
        "allocation" => allocation(),
        "sort" => sort(rand),
        _ => return Ok(None),
    }))
}

/// A unit is 32 lookups of keys that are there.
fn map_get(mut rand: Rand) -> Body {
    let keys: Vec<u64> = (0..KEYS).map(|_| rand.next_u64()).collect();
    let map: HashMap<u64, u64> = keys.iter().map(|key| (*key, 1)).collect();
    let mut next = 0;
    Box::new(move |units| {
        let mut found = 0;
        for _ in 0..units {
            for key in &keys[next..next + GETS] {
                found += map.get(key).copied().unwrap_or(0);
            }
            next = (next + GETS) % KEYS;
        }
        found / GETS as u64
    })
}

/// A unit is one task started and waited for.
fn spawn() -> std::io::Result<Body> {
    let runtime = Builder::new_current_thread().build()?;
    let ran = Arc::new(AtomicU64::new(0));
    Ok(Box::new(move |units| {
        let before = ran.load(Ordering::Relaxed);
        runtime.block_on(async {
            for _ in 0..units {
                let ran = Arc::clone(&ran);
                let task = tokio::spawn(async move {
                    ran.fetch_add(1, Ordering::Relaxed);
                });
                // A task that failed is missing in the count.
                let _ended = task.await;
            }
        });
        ran.load(Ordering::Relaxed) - before
    }))
}

/// A unit is one value to another thread and back, through channels without a buffer.
fn ping_pong() -> std::io::Result<Body> {
    let (ping, pinged) = sync_channel::<u64>(0);
    let (pong, ponged) = sync_channel::<u64>(0);
    thread::Builder::new().spawn(move || {
        for value in pinged {
            if pong.send(value).is_err() {
                break;
            }
        }
    })?;
    Ok(Box::new(move |units| {
        let mut back = 0;
        for _ in 0..units {
            if ping.send(1).is_ok() {
                back += ponged.recv().unwrap_or(0);
            }
        }
        back
    }))
}

/// A unit is 16 blocks of 128 bytes allocated, each in the place of an older one.
fn allocation() -> Body {
    const BLOCKS_PER_UNIT: u64 = 16;
    let mut ring: Vec<Vec<u8>> = vec![Vec::new(); BLOCKS];
    let mut next = 0;
    Box::new(move |units| {
        let mut bytes = 0;
        for _ in 0..units * BLOCKS_PER_UNIT {
            ring[next] = vec![0; BLOCK_BYTES];
            bytes += ring[next].len() as u64;
            next = (next + 1) % BLOCKS;
        }
        bytes / (BLOCKS_PER_UNIT * BLOCK_BYTES as u64)
    })
}

/// A unit is 64 shuffled numbers copied and sorted.
fn sort(mut rand: Rand) -> Body {
    let shuffled: Vec<u64> = (0..SORTED).map(|_| rand.next_u64()).collect();
    let least = shuffled.iter().copied().min();
    let mut scratch = shuffled.clone();
    Box::new(move |units| {
        let mut sorted = 0;
        for _ in 0..units {
            scratch.copy_from_slice(&shuffled);
            scratch.sort_unstable();
            sorted += u64::from(scratch.first().copied() == least);
        }
        sorted
    })
}

//! What is timed, by the probe and by criterion alike. Each does its operation `n` times.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Operations in a pass of the loops of [`adds`] and [`muls`]. The counter and the branch run beside the chain; unrolled
/// they are below 1 % even where they do not.
const UNROLL: usize = 48;

/// A chain of `n` additions (rounded up to whole passes), each of which needs the result of the one before: Narayana's
/// cows, s(n) = s(n-1) + s(n-3), modulo 2^64. Plainer chains do not survive a compiler: a sum of one addend becomes a
/// multiplication, and of Fibonacci's sequence Go does two steps in one instruction, a + 2b.
pub fn adds(n: u64) -> u64 {
    let (mut a, mut b, mut c) = (1_u64, 1_u64, 1_u64);
    for _ in (0..n).step_by(UNROLL) {
        for _ in 0..UNROLL / 3 {
            a = a.wrapping_add(c);
            b = b.wrapping_add(a);
            c = c.wrapping_add(b);
        }
    }
    a ^ b ^ c
}

/// [`adds`] with multiplications; odd factors keep it from ending in zeros.
pub fn muls(n: u64) -> u64 {
    let (mut a, mut b, mut c) = (3_u64, 5_u64, 7_u64);
    for _ in (0..n).step_by(UNROLL) {
        for _ in 0..UNROLL / 3 {
            a = a.wrapping_mul(c);
            b = b.wrapping_mul(a);
            c = c.wrapping_mul(b);
        }
    }
    a ^ b ^ c
}

/// A power of two, so that choosing a key costs a mask; the map stays in the first two levels of cache.
pub const MAP_KEYS: u64 = 1024;

/// A hash of one multiplication, always inlined. With std's the two programs are not the same: a compiler inlines it where
/// nothing else calls it, as in the probe's program, and not beside criterion, which hashes too.
#[derive(Default)]
struct Multiply(u64);

impl Hasher for Multiply {
    #[inline(always)]
    fn finish(&self) -> u64 {
        self.0
    }

    #[inline(always)]
    fn write_u64(&mut self, key: u64) {
        // Upper and lower bits both choose the slot.
        self.0 = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }
}

/// A map and its keys, in an order that is not the map's.
pub struct Table {
    values: HashMap<u64, u64, BuildHasherDefault<Multiply>>,
    keys: Vec<u64>,
}

impl Table {
    /// With all keys in it.
    pub fn new() -> Table {
        // Distinct, because the factor is odd, and spread over all bits.
        let keys: Vec<u64> = (0..MAP_KEYS)
            .map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .collect();
        Table {
            values: keys.iter().copied().zip(0..).collect(),
            keys,
        }
    }

    /// Looks up `n` keys, all of them there, and returns the sum of the values.
    #[inline(never)]
    pub fn hits(&self, n: u64) -> u64 {
        (0..n)
            .map(|i| self.values[&self.keys[(i % MAP_KEYS) as usize]])
            .sum()
    }
}

/// A thread that sends back what it gets, plus one, over channels without a buffer. It ends when this is dropped.
///
/// Both threads run on one CPU: otherwise each process has its own luck in where the scheduler puts them, by a factor.
pub struct Echo {
    to: SyncSender<u64>,
    fro: Receiver<u64>,
}

impl Echo {
    /// Pins the calling thread too.
    pub fn new() -> Echo {
        pin();
        let (to, there) = sync_channel(0);
        let (back, fro) = sync_channel(0);
        thread::spawn(move || {
            for value in there {
                if back.send(value + 1).is_err() {
                    return;
                }
            }
        });
        Echo { to, fro }
    }

    /// Sends `n` values to and fro, one at a time, and returns how often one came back.
    pub fn trips(&self, n: u64) -> u64 {
        (0..n).fold(0, |value, _| match self.to.send(value) {
            Ok(()) => self.fro.recv().unwrap_or(value),
            Err(_) => value,
        })
    }
}

/// Ties this thread, and those that it starts, to the CPU that it runs on. Where that is refused, the figures are only
/// noisier.
#[cfg(target_os = "linux")]
fn pin() {
    use nix::sched::{CpuSet, sched_getcpu, sched_setaffinity};
    use nix::unistd::Pid;

    let mut set = CpuSet::new();
    let _ = sched_getcpu()
        .and_then(|cpu| set.set(cpu))
        .and_then(|()| sched_setaffinity(Pid::from_raw(0), &set));
}

#[cfg(not(target_os = "linux"))]
fn pin() {}

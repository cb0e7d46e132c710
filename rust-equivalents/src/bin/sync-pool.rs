//! Buffers used again in Rust: a list of them in each thread, or one behind a mutex, beside new ones.

use std::cell::RefCell;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rust_equivalents::{Probe, Program, Unit};

/// Writes that fill a buffer.
const CHUNKS: usize = 16;
/// Buffers in each part of the case rate.
const RATE_OPS: usize = 2000;

thread_local! {
    static LOCAL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}
static SHARED: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Where a buffer comes from, and goes to.
#[derive(Clone, Copy)]
enum Source {
    Fresh,
    Sized(usize),
    Local,
    Shared,
}

impl Source {
    fn named(name: &str, size: usize) -> Self {
        match name {
            "fresh" => Source::Fresh,
            "sized" => Source::Sized(size),
            "mutex" => Source::Shared,
            _ => Source::Local,
        }
    }

    fn get(self) -> Vec<u8> {
        match self {
            Source::Fresh => Vec::new(),
            Source::Sized(size) => Vec::with_capacity(size),
            Source::Local => LOCAL.with_borrow_mut(Vec::pop).unwrap_or_default(),
            Source::Shared => shared().pop().unwrap_or_default(),
        }
    }

    fn put(self, mut buffer: Vec<u8>) {
        match self {
            Source::Fresh | Source::Sized(_) => drop(buffer),
            Source::Local => {
                buffer.clear();
                LOCAL.with_borrow_mut(|pool| pool.push(buffer));
            }
            Source::Shared => {
                buffer.clear();
                shared().push(buffer);
            }
        }
    }

    /// Fetches, fills, reads and returns a buffer.
    fn with_filled(self, piece: &[u8]) -> u64 {
        let mut buffer = self.get();
        fill(&mut buffer, piece);
        let sum = buffer.len() as u64 + buffer.last().copied().map_or(0, u64::from);
        self.put(buffer);
        sum
    }
}

fn shared() -> std::sync::MutexGuard<'static, Vec<Vec<u8>>> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Through a trait object, as the Go side writes through an interface.
#[inline(never)]
fn fill(to: &mut dyn Write, piece: &[u8]) {
    for _ in 0..CHUNKS {
        // Writing to memory can't fail.
        let _ = to.write_all(piece);
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("sync-pool");
    let size = program.param(
        "bytes",
        4096_usize,
        "bytes written into a buffer, a multiple of 16",
    );
    let name = program.param(
        "impl",
        "pool".to_owned(),
        "fresh, sized, pool (of the thread) or mutex",
    );
    program.case(
        "survival",
        "how long a list of the thread keeps a buffer, and who sees it",
        survival,
    );
    program.case(
        "rate",
        "what a pool saves of the memory allocated",
        move |p| rate(p, size),
    );
    program.case("buffers", "time of filling a buffer", move |p| {
        let source = Source::named(&name, size);
        let piece = text(p, size);
        p.bench("buffer", Duration::from_millis(1), 3, 30, |n| {
            (0..n).fold(0_u64, |sum, _| sum.wrapping_add(source.with_filled(&piece)))
        });
        p.check(checksum(source, &piece));
    });
    program.run()
}

/// The piece that is written again and again.
fn text(p: &Probe, size: usize) -> Vec<u8> {
    let mut rng = p.rand();
    (0..size / CHUNKS).map(|_| rng.next_u64() as u8).collect()
}

/// The sum of all bytes of one more buffer.
fn checksum(source: Source, piece: &[u8]) -> u64 {
    let mut buffer = source.get();
    fill(&mut buffer, piece);
    let sum = buffer.iter().copied().map(u64::from).sum();
    source.put(buffer);
    sum
}

/// Counts what buffers allocate by the capacities they are given: a vector of bytes allocates exactly then.
fn rate(p: &mut Probe, size: usize) {
    let piece = text(p, size);
    let allocated = |source: Source| {
        let (mut bytes, mut objects) = (0, 0);
        for _ in 0..RATE_OPS {
            let mut buffer = source.get();
            let mut capacity = buffer.capacity();
            for _ in 0..CHUNKS {
                buffer.extend_from_slice(&piece);
                if buffer.capacity() != capacity {
                    capacity = buffer.capacity();
                    bytes += capacity;
                    objects += 1;
                }
            }
            source.put(buffer);
        }
        (bytes as f64, f64::from(objects))
    };
    let (fresh_bytes, fresh_objects) = allocated(Source::Fresh);
    let (pool_bytes, pool_objects) = allocated(Source::Local);
    p.value(
        "bytes-per-buffer-fresh",
        Unit::Bytes,
        fresh_bytes / RATE_OPS as f64,
    );
    p.value("bytes-share", Unit::One, pool_bytes / fresh_bytes);
    p.value("objects-share", Unit::One, pool_objects / fresh_objects);
    p.check(format!("0 {}", checksum(Source::Fresh, &piece)));
}

/// A list in a thread has no collector that empties it: its content lives as long as the thread.
fn survival(p: &mut Probe) {
    thread_local! {
        static POOL: RefCell<Vec<Arc<()>>> = const { RefCell::new(Vec::new()) };
    }
    let object = Arc::new(());
    let (ready, wait) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let theirs = Arc::clone(&object);
    let owner = thread::spawn(move || {
        POOL.with_borrow_mut(|pool| pool.push(theirs));
        // Somebody listens until the thread is joined.
        let _ = ready.send(());
        let _ = released.recv();
        let back = POOL.with_borrow_mut(Vec::pop);
        let found = back.is_some();
        POOL.with_borrow_mut(|pool| pool.extend(back));
        found
    });
    let _ = wait.recv();
    p.outcome(
        "first-seen-by-another-thread",
        POOL.with_borrow(|pool| !pool.is_empty()),
    );
    thread::sleep(Duration::from_millis(20));
    p.outcome(
        "alive-while-its-thread-lives",
        Arc::strong_count(&object) == 2,
    );
    let _ = release.send(());
    p.outcome("first-seen-by-its-thread", owner.join().unwrap_or(false));
    p.outcome("freed-at-thread-end", Arc::strong_count(&object) == 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_gives_the_same_bytes_and_pools_give_the_same_buffer_again() {
        let piece = [7; 64];
        for source in [
            Source::Fresh,
            Source::Sized(1024),
            Source::Local,
            Source::Shared,
        ] {
            assert_eq!(checksum(source, &piece), 7 * 64 * CHUNKS as u64);
        }
        assert_eq!(Source::Local.get().capacity(), 1024);
        assert_eq!(Source::Local.get().capacity(), 0);
    }
}

//! What a switch does to the TLB, seen by the time that reading pages takes afterwards.

use std::io::{PipeReader, PipeWriter, pipe};
use std::process::{Child, Command};
use std::thread;
use std::time::Instant;

use memmap2::{Advice, MmapMut};
use rust_equivalents::{Phase, Probe, Rand, Unit, nanos};

use crate::switch::{read_byte, write_byte};
use crate::thread::{first_cpu, pin};
use crate::{OrFatal, fatal};

const PAGE: usize = 4096;
const LINE: usize = 64;
/// More than the 33 pages up to which Linux on x86-64 drops single entries of the TLB, not all.
const FLUSH_PAGES: usize = 64;
/// A sample adds up so many rounds, so that a run leaves hundreds of them and not thousands.
const ROUNDS_PER_SAMPLE: u64 = 10;

/// Reads pages and times it: at once, after another thread had the CPU, after another process had
/// it, and after the kernel flushed the TLB. All in one process, in turn, so that the pages lie in
/// the same frames.
pub fn measure(p: &mut Probe, pages: usize, rounds: u64) {
    if !rounds.is_multiple_of(ROUNDS_PER_SAMPLE) {
        fatal(
            "tlb",
            format!("{rounds} switches are no multiple of {ROUNDS_PER_SAMPLE}"),
        );
    }
    let cpu = first_cpu();
    pin(cpu);
    let memory = cycle_memory(&page_cycle(&mut p.rand(), pages));
    let mut flush = Some(map_pages(FLUSH_PAGES));

    let ((mut thread, thread_ends), (mut process, process_ends)) = (Peer::new(), Peer::new());
    let mut cat = start_cat(process_ends);
    let metrics = [
        "touch-undisturbed",
        "touch-after-thread",
        "touch-after-process",
        "touch-after-flush",
    ];
    let mut took = metrics.map(|_| vec![0; (rounds / ROUNDS_PER_SAMPLE) as usize]);
    let mut sum = 0_u64;
    thread::scope(|scope| {
        scope.spawn(move || {
            pin(cpu);
            let (mut from, mut to) = thread_ends;
            for _ in 0..rounds {
                read_byte(&mut from);
                write_byte(&mut to);
            }
        });
        for round in 0..rounds {
            for (i, took) in took.iter_mut().enumerate() {
                match i {
                    0 => {}
                    1 => thread.hand_over(),
                    2 => process.hand_over(),
                    _ => flush = flush.take().map(flush_tlb),
                }
                let start = Instant::now();
                sum += chase(&memory, pages);
                took[(round / ROUNDS_PER_SAMPLE) as usize] += nanos(start.elapsed());
            }
        }
    });
    drop(process);
    let status = cat.wait().or_fatal("wait for cat");
    if !status.success() {
        fatal("cat", status);
    }
    for (metric, took) in metrics.into_iter().zip(took) {
        for ns in took {
            p.sample(
                metric,
                Unit::Nanoseconds,
                Phase::Measure,
                pages as u64 * ROUNDS_PER_SAMPLE,
                ns as f64,
            );
        }
    }
    p.check(sum);
}

/// Answers a byte with a byte.
struct Peer {
    to: PipeWriter,
    from: PipeReader,
}

impl Peer {
    /// The peer as this thread sees it, and its own ends.
    fn new() -> (Self, (PipeReader, PipeWriter)) {
        let (there, to) = pipe().or_fatal("pipe");
        let (from, back) = pipe().or_fatal("pipe");
        (Peer { to, from }, (there, back))
    }

    fn hand_over(&mut self) {
        write_byte(&mut self.to);
        read_byte(&mut self.from);
    }
}

/// `cat` is a process that answers, and inherits the CPU of the calling thread.
fn start_cat((from, to): (PipeReader, PipeWriter)) -> Child {
    Command::new("cat")
        .stdin(from)
        .stdout(to)
        .spawn()
        .or_fatal("start cat")
}

/// Takes write access to dirty pages away, upon which the kernel must drop their entries, and gives
/// it back.
fn flush_tlb(mut memory: MmapMut) -> MmapMut {
    for page in memory.chunks_mut(PAGE) {
        page[0] = page[0].wrapping_add(1);
    }
    (memory.make_read_only().or_fatal("mprotect"))
        .make_mut()
        .or_fatal("mprotect")
}

fn map_pages(n: usize) -> MmapMut {
    let mut memory = MmapMut::map_anon(n * PAGE).or_fatal("mmap");
    // A huge page would be one entry of the TLB.
    memory.advise(Advice::NoHugePage).or_fatal("madvise");
    for page in memory.chunks_mut(PAGE) {
        page[0] = 1;
    }
    memory
}

/// Pages that hold the number of the next one.
fn cycle_memory(next: &[usize]) -> MmapMut {
    let mut memory = map_pages(next.len());
    for (page, &next) in next.iter().enumerate() {
        let at = word(page);
        memory[at..at + 8].copy_from_slice(&next.to_ne_bytes());
    }
    memory
}

/// Where the number in a page stands. It moves on by a cache line from page to page: at the same
/// place in each, all of them would share a few sets of the cache.
fn word(page: usize) -> usize {
    page * PAGE + page * LINE % PAGE
}

/// A random cycle through all pages (Sattolo's algorithm): element `i` is the page after page `i`.
fn page_cycle(rng: &mut Rand, n: usize) -> Vec<usize> {
    let mut next: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        next.swap(i, rng.below(i as u64) as usize);
    }
    next
}

/// Follows the cycle once round, each read waiting for the one before, and adds up the pages.
fn chase(memory: &[u8], pages: usize) -> u64 {
    let (mut page, mut sum) = (0, 0);
    for _ in 0..pages {
        let at = word(page);
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&memory[at..at + 8]);
        page = usize::from_ne_bytes(bytes);
        sum += page as u64;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_reads_every_page_once() {
        let next = page_cycle(&mut Rand::new(7), 100);
        let mut seen = std::collections::HashSet::new();
        let mut page = 0;
        for _ in 0..100 {
            page = next[page];
            seen.insert(page);
        }
        assert_eq!((seen.len(), page), (100, 0));
        assert_eq!(chase(&cycle_memory(&next), 100), 100 * 99 / 2);
    }
}

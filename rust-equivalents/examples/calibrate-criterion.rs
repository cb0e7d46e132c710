//! Times through criterion what the program `calibrate` times through the probe. A benchmark's name ends in the
//! operations that one of its iterations holds, so that who reads the estimates can divide by them.
//!
//! `cargo run -p rust-equivalents --profile measured --example calibrate-criterion -- --bench`. It is an example because
//! Cargo builds all programs of a package before any of its benches.

#[path = "../src/bin/calibrate/work.rs"]
mod work;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};

use work::{Echo, Table, adds, muls};

/// Enough operations that criterion's own step from one iteration to the next is below 1 %.
fn bench(c: &mut Criterion, name: &str, ops: u64, work: impl Fn(u64) -> u64) {
    let mut group = c.benchmark_group(name);
    // Equal samples, as the probe's batches are.
    group.sampling_mode(SamplingMode::Flat);
    group.bench_with_input(BenchmarkId::from_parameter(ops), &ops, |b, &ops| {
        b.iter(|| work(black_box(ops)));
    });
    group.finish();
}

fn chains(c: &mut Criterion) {
    bench(c, "adds", 9600, adds);
    bench(c, "muls", 9600, muls);
}

fn map(c: &mut Criterion) {
    let table = Table::new();
    bench(c, "map-hit", 4096, |n| table.hits(n));
}

fn channel(c: &mut Criterion) {
    let echo = Echo::new();
    bench(c, "round-trip", 16, |n| echo.trips(n));
}

// The channel comes last: it ties the thread to a CPU.
criterion_group!(benches, chains, map, channel);
criterion_main!(benches);

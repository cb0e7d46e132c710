//! The tests of `benches/peers`: a benchmark with a `main` of its own can't run them.

#[expect(dead_code, reason = "only the benchmark calls its main")]
#[path = "../benches/peers/main.rs"]
mod peers;

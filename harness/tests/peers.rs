//! The tests of `benches/peers`: a benchmark with a `main` of its own can't run them.

#[path = "../benches/peers/main.rs"]
mod peers;

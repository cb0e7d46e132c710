//! What the harness tests itself with: its own controls and the smallest invocation.

use std::hint::black_box;
use std::process::ExitCode;

use rust_equivalents::{Program, Unit};

fn main() -> ExitCode {
    let mut program = Program::new("selftest");
    let ops = program.param("ops", 100_000_u64, "steps of spin in a sample");
    let warmup = program.param("warmup", 2_usize, "warm-up samples of spin");
    let samples = program.param("samples", 10_usize, "measured samples of spin");
    let extra = program.param(
        "extra-percent",
        0_u64,
        "undeclared extra steps of spin: a known slowdown",
    );
    let text = program.param("text", "echo".to_owned(), "what echo says");

    program.case(
        "spin",
        "a chain of dependent steps that takes the same time on every call",
        move |p| {
            let seed = p.rand().next_u64();
            let mut state = seed;
            p.batches("spin", ops, warmup, samples, |n| {
                state = spin(state, n);
                // On a chain of its own, so that the check stays equal to that of a run without it.
                black_box(spin(seed, n * extra / 100));
            });
            p.check(state);
        },
    );
    program.case("echo", "one value, one outcome and the check", move |p| {
        p.value("echo", Unit::One, 1.0);
        p.outcome("text", text.as_str());
        p.check(format!("{text} {}", p.rand().next_u64()));
    });
    program.run()
}

/// Does `n` steps, each of which needs the result of the one before. A multiplication and an addition
/// alone would not do: optimisers fold two such steps into one.
fn spin(mut state: u64, n: u64) -> u64 {
    for _ in 0..n {
        state = (state ^ (state >> 31))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(1);
    }
    state
}

//! What the harness and its peers are compared on: five bodies, with or without a known slow-down.
//!
//! `--samples=1 --warmup=0` does all of its operations in one go, which is what hyperfine times from outside.

mod bodies;

use std::process::ExitCode;

use rust_equivalents::Program;

fn main() -> ExitCode {
    let mut program = Program::new("peers");
    let ops = program.param("ops", 10_u64, "operations in a sample");
    let warmup = program.param("warmup", 2_usize, "warm-up samples");
    let samples = program.param("samples", 10_usize, "measured samples");
    let extra = program.param(
        "extra-percent",
        0_u64,
        "units of work that an operation does beyond its hundred",
    );
    for name in bodies::NAMES {
        program.case(name, "the body of that name", move |p| {
            let mut body = match bodies::body(name, p.rand()) {
                Ok(Some(body)) => body,
                Ok(None) => unreachable!("{name} is one of the names"),
                Err(error) => {
                    eprintln!("peers: {name}: {error}");
                    std::process::exit(1);
                }
            };
            let mut done = 0;
            p.batches("op", ops, warmup, samples, |n| {
                done += body(bodies::units(n, extra));
            });
            p.check(done);
        });
    }
    program.run()
}

#[cfg(test)]
mod tests {
    use rust_equivalents::Rand;

    use super::bodies::{NAMES, body, units};

    #[test]
    fn an_injected_percent_is_one_unit_in_a_hundred() {
        assert_eq!(
            [0, 2, 5, 10].map(|extra| units(7, extra)),
            [700, 714, 735, 770]
        );
    }

    #[test]
    fn every_body_does_just_the_units_that_it_is_asked_for() {
        for name in NAMES {
            let mut body = body(name, Rand::new(7)).unwrap().unwrap();
            for extra in [0, 2, 5, 10] {
                assert_eq!(body(units(3, extra)), 3 * (100 + extra), "{name}");
            }
        }
    }
}

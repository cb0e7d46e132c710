//! Times, through the probe, what `examples/calibrate-criterion.rs` times through criterion: the command `harness calibrate`
//! compares the two.

mod work;

use std::process::ExitCode;
use std::time::Duration;

use rust_equivalents::{Probe, Program};

use work::{Echo, MAP_KEYS, Table, adds, muls};

/// How many operations the check of a case covers: a number of its own, because how many are timed depends on the
/// machine.
const CHECKED: u64 = 10 * MAP_KEYS;

/// How a case is timed.
#[derive(Clone, Copy)]
struct Setup {
    batch: Duration,
    warmup: usize,
    samples: usize,
}

impl Setup {
    /// Twice the operations must take twice the time: the metric `doubled` has them doubled.
    fn measure(self, p: &mut Probe, metric: &str, doubled: &str, work: impl Fn(u64) -> u64) {
        let ops = p.bench(metric, self.batch, self.warmup, self.samples, &work);
        p.batches(doubled, 2 * ops, self.warmup, self.samples, &work);
        p.check(work(CHECKED));
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("calibrate");
    let batch_us = program.param("batch-us", 1000, "length of a batch in microseconds");
    let setup = Setup {
        batch: Duration::from_micros(batch_us),
        warmup: program.param("warmup", 3, "batches before those that count"),
        samples: program.param("samples", 40, "batches that count"),
    };
    program.case("adds", "a chain of dependent additions", move |p| {
        setup.measure(p, "adds", "adds-doubled", adds);
    });
    program.case("muls", "a chain of dependent multiplications", move |p| {
        setup.measure(p, "muls", "muls-doubled", muls);
    });
    program.case("map-hit", "look up keys that are there", move |p| {
        let table = Table::new();
        setup.measure(p, "map-hit", "map-hit-doubled", |n| table.hits(n));
    });
    program.case(
        "round-trip",
        "a value goes to another thread and comes back",
        move |p| {
            let echo = Echo::new();
            setup.measure(p, "round-trip", "round-trip-doubled", |n| echo.trips(n));
        },
    );
    program.run()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The values are those of the Go side (go-programs/calibrate/main_test.go).
    #[test]
    fn the_work_is_done() {
        // Three numbers of the sequence in a row.
        assert_eq!(adds(48), 56_849_086 ^ 83_316_385 ^ 122_106_097);
        assert_eq!(adds(1), adds(48), "rounded up");
        assert_eq!(muls(48), 4_174_773_832_980_929_749);
        assert_eq!(Table::new().hits(2 * MAP_KEYS), MAP_KEYS * (MAP_KEYS - 1));
        assert_eq!(Echo::new().trips(5), 5);
    }
}

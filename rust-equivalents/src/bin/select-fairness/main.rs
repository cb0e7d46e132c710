//! Which of several ready branches the selects of crossbeam and tokio take.

mod choose;

use std::process::ExitCode;

use rust_equivalents::{Probe, Program, Unit};

use choose::{Choose, chooser};

fn main() -> ExitCode {
    let mut program = Program::new("select-fairness");
    let rounds = program.param("rounds", 400_000_usize, "selects in an invocation");
    let ready = program.param("ready", 4_usize, "branches that are ready: 2 or 4");
    let which = program.param(
        "impl",
        "crossbeam".to_owned(),
        "crossbeam, tokio or tokio-biased",
    );
    let kind = which.clone();
    program.case("all-ready", "every branch is ready", move |p| {
        let (counts, gap) = run(chooser(&kind, ready, ready), ready, rounds);
        report(p, &counts, rounds);
        p.outcome("last-case-waits-for-200-selects", gap > 200);
        p.value("longest-wait", Unit::One, gap as f64);
    });
    program.case(
        "some-ready",
        "the first two of four branches are ready",
        move |p| {
            let (counts, _) = run(chooser(&which, 4, 2), 4, rounds);
            p.outcome(
                "cases-that-are-not-ready-taken",
                (counts[2] + counts[3]) as i64,
            );
            report(p, &counts[..2], rounds);
        },
    );
    program.run()
}

/// Asks again and again which branch is taken. Returns how often each one was, and the longest row of selects without
/// the last one.
fn run(mut choose: Choose, branches: usize, rounds: usize) -> (Vec<usize>, usize) {
    let mut counts = vec![0; branches];
    let (mut since, mut gap) = (0, 0);
    for _ in 0..rounds {
        let taken = choose();
        counts[taken] += 1;
        since = if taken + 1 == branches { 0 } else { since + 1 };
        gap = gap.max(since);
    }
    (counts, gap)
}

/// Gives the shares as multiples of the equal share.
fn report(p: &mut Probe, counts: &[usize], rounds: usize) {
    let equal = rounds as f64 / counts.len() as f64;
    let share = |n: Option<&usize>| n.map_or(0.0, |n| *n as f64 / equal);
    p.value("first-case", Unit::One, share(counts.first()));
    p.value("last-case", Unit::One, share(counts.last()));
    p.value("least-taken", Unit::One, share(counts.iter().min()));
    p.value("most-taken", Unit::One, share(counts.iter().max()));
    p.outcome("first-case-always", counts.first() == Some(&rounds));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_branches_and_the_longest_wait_for_the_last() {
        let mut script = [2, 0, 1, 0, 2, 1, 2, 0].into_iter();
        let (counts, gap) = run(Box::new(move || script.next().unwrap()), 3, 8);
        assert_eq!((counts, gap), (vec![3, 2, 3], 3));
    }
}

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
        let taken = run(chooser(&kind, ready, ready), ready, rounds);
        report(p, &taken, ready, rounds);
        p.outcome("last-case-waits-for-200-selects", taken.gap > 200);
        p.value("longest-wait", Unit::One, taken.gap as f64);
    });
    program.case(
        "some-ready",
        "the first two of four branches are ready",
        move |p| {
            let taken = run(chooser(&which, 4, 2), 4, rounds);
            p.outcome(
                "cases-that-are-not-ready-taken",
                (taken.counts[2] + taken.counts[3]) as i64,
            );
            report(p, &taken, 2, rounds);
        },
    );
    program.run()
}

/// What `run` saw.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    /// How often each branch was taken.
    counts: Vec<usize>,
    /// The longest row of selects without the last branch.
    gap: usize,
    /// How often a branch was taken twice in a row.
    repeats: usize,
}

/// Asks again and again which branch is taken.
fn run(mut choose: Choose, branches: usize, rounds: usize) -> Taken {
    let mut counts = vec![0; branches];
    let (mut since, mut gap) = (0, 0);
    let (mut last, mut repeats) = (None, 0);
    for _ in 0..rounds {
        let taken = choose();
        counts[taken] += 1;
        repeats += usize::from(last.replace(taken) == Some(taken));
        since = if taken + 1 == branches { 0 } else { since + 1 };
        gap = gap.max(since);
    }
    Taken {
        counts,
        gap,
        repeats,
    }
}

/// Gives the shares of the ready branches, which come first, as multiples of the equal share.
fn report(p: &mut Probe, taken: &Taken, ready: usize, rounds: usize) {
    let counts = &taken.counts[..ready];
    let equal = rounds as f64 / ready as f64;
    let share = |n: Option<&usize>| n.map_or(0.0, |n| *n as f64 / equal);
    p.value("first-case", Unit::One, share(counts.first()));
    p.value("last-case", Unit::One, share(counts.last()));
    p.value("least-taken", Unit::One, share(counts.iter().min()));
    p.value("most-taken", Unit::One, share(counts.iter().max()));
    p.value("same-again", Unit::One, share(Some(&taken.repeats)));
    p.outcome("first-case-always", counts.first() == Some(&rounds));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_branches_and_the_longest_wait_for_the_last() {
        let mut script = [2, 0, 1, 1, 2, 0, 2, 2].into_iter();
        let taken = run(Box::new(move || script.next().unwrap()), 3, 8);
        let expected = Taken {
            counts: vec![2, 2, 4],
            gap: 3,
            repeats: 2,
        };
        assert_eq!(taken, expected);
    }
}

use super::*;
use crate::calibrate::Raw;
use crate::record::{Disturbance, NoiseDelta, RunEnd};

fn bare_x86() -> Machine {
    Machine {
        arch: "x86_64".to_owned(),
        is_virtual: false,
    }
}

/// Eight blocks of all tools and operations on a core of 4 GHz, each figure up to 1 % off.
fn processes() -> Vec<Process> {
    let mut processes = Vec::new();
    for block in 0..8 {
        for tool in Tool::ALL {
            for operation in Operation::ALL {
                let true_ns = match operation {
                    Operation::Adds => 0.25,
                    Operation::Muls => 0.75,
                    Operation::MapHit => 12.0,
                    Operation::RoundTrip => 300.0,
                };
                let wobble = f64::from((block * 7 + tool as u32 * 3) % 5 + 1) / 300.0;
                let ns = true_ns * (1.0 - 0.01 + wobble);
                let is_probe = matches!(tool, Tool::GoProbe | Tool::RustProbe);
                processes.push(Process {
                    block,
                    slot: 0,
                    tool,
                    operation,
                    started: String::new(),
                    wall_ns: 0,
                    end: RunEnd::Exited { code: 0 },
                    noise: NoiseDelta::default(),
                    disturbed: None,
                    stated_mhz: Some(4000.0),
                    figures: Some(Figures {
                        mean_ns: ns,
                        median_ns: (tool != Tool::GoBench).then_some(ns),
                        fastest_ns: is_probe.then_some(ns),
                        doubled: is_probe.then_some(2.0 + wobble),
                    }),
                    failure: None,
                    check: is_probe.then(|| operation.name().to_owned()),
                    raw: Raw::Nothing,
                });
            }
        }
    }
    processes
}

fn slow_down(processes: &mut [Process], tool: Tool, operation: Operation, by: f64) {
    for process in processes {
        if let Some(figures) = &mut process.figures
            && (process.tool, process.operation) == (tool, operation)
        {
            figures.mean_ns *= by;
            figures.median_ns = figures.median_ns.map(|ns| ns * by);
            figures.fastest_ns = figures.fastest_ns.map(|ns| ns * by);
        }
    }
}

fn found<'a>(rows: &'a [Row], subject: &str) -> &'a Row {
    rows.iter().find(|row| row.subject == subject).unwrap()
}

#[test]
fn a_sound_instrument_agrees_everywhere() {
    let rows = compare(&processes(), &bare_x86());
    assert_eq!(rows.len(), 8 + 2 + 2 + 2 + 8);
    for row in &rows {
        assert_eq!(row.word, Word::Agrees, "{row:?}");
        assert_eq!(row.blocks, 8);
    }
    let mul = found(&rows, "a mul in adds, Go probe").ratio.unwrap();
    assert!((mul.center - 3.0).abs() < 1e-9);
}

#[test]
fn a_probe_that_is_off_disagrees_and_only_where_it_is_off() {
    let mut all = processes();
    slow_down(&mut all, Tool::GoProbe, Operation::MapHit, 1.2);
    let rows = compare(&all, &bare_x86());
    for row in &rows {
        let expected = if row.subject == "map-hit, Go probe : go test -bench" {
            Word::Disagrees
        } else {
            Word::Agrees
        };
        assert_eq!(row.word, expected, "{row:?}");
    }
}

#[test]
fn a_busy_machine_does_not_make_a_disagreement() {
    let mut all = processes();
    slow_down(&mut all, Tool::Criterion, Operation::Adds, 2.0);
    for process in &mut all {
        process.disturbed = Some(Disturbance {
            reason: "others".to_owned(),
        });
    }
    let rows = compare(&all, &bare_x86());
    let row = found(&rows, "adds, Rust probe : criterion");
    assert_eq!(row.word, Word::Undecided);
    assert!(row.note.is_some());
    // What agrees all the same does so.
    let row = found(&rows, "muls, Rust probe : criterion");
    assert_eq!(row.word, Word::Agrees);
}

#[test]
fn at_the_edge_of_the_tolerance_nothing_is_decided() {
    let mut all = processes();
    slow_down(&mut all, Tool::RustProbe, Operation::MapHit, 1.05);
    let rows = compare(&all, &bare_x86());
    let row = found(&rows, "map-hit, Rust probe : criterion");
    assert_eq!(row.word, Word::Undecided, "{row:?}");
}

#[test]
fn an_add_of_two_cycles_is_seen_with_and_without_a_clock() {
    let mut all = processes();
    for tool in Tool::ALL {
        slow_down(&mut all, tool, Operation::Adds, 2.0);
    }
    let rows = compare(&all, &bare_x86());
    for subject in ["a mul in adds, Go probe", "cycles an add, Rust probe"] {
        assert_eq!(found(&rows, subject).word, Word::Disagrees, "{subject}");
    }
}

#[test]
fn what_is_not_known_of_the_machine_is_not_judged() {
    let guest = Machine {
        is_virtual: true,
        ..bare_x86()
    };
    let rows = compare(&processes(), &guest);
    let row = found(&rows, "cycles an add, Go probe");
    assert_eq!(row.word, Word::NotKnown);
    assert!(row.ratio.is_some(), "it is shown all the same");
    assert_eq!(found(&rows, "a mul in adds, Go probe").word, Word::Agrees);

    let mut silent = processes();
    for process in &mut silent {
        process.stated_mhz = None;
    }
    let arm = Machine {
        arch: "aarch64".to_owned(),
        ..bare_x86()
    };
    let rows = compare(&silent, &arm);
    for subject in ["cycles an add, Go probe", "a mul in adds, Rust probe"] {
        assert_eq!(found(&rows, subject).word, Word::NotKnown, "{subject}");
    }
}

#[test]
fn work_that_was_optimised_away_is_seen() {
    let mut all = processes();
    for process in &mut all {
        if let Some(figures) = &mut process.figures
            && process.operation == Operation::Adds
        {
            figures.doubled = figures.doubled.map(|d| d / 2.0);
        }
        if process.tool == Tool::GoProbe && process.operation == Operation::Muls {
            process.check = Some("something else".to_owned());
        }
    }
    let rows = compare(&all, &bare_x86());
    assert_eq!(
        found(&rows, "twice the adds, Go probe").word,
        Word::Disagrees
    );
    let muls = found(&rows, "muls, Go : Rust");
    assert_eq!(muls.word, Word::Disagrees);
    assert_eq!(muls.note.as_deref(), Some("the two did different work"));
}

#[test]
fn blocks_without_both_sides_do_not_count() {
    let mut all = processes();
    for process in &mut all {
        let is_gone = match process.tool {
            Tool::GoProbe => process.block == 0,
            Tool::GoBench => process.block == 1,
            Tool::Criterion => process.block > 1,
            Tool::RustProbe => process.operation == Operation::MapHit,
        };
        if is_gone {
            process.figures = None;
        }
    }
    let rows = compare(&all, &bare_x86());
    assert_eq!(found(&rows, "adds, Go probe : go test -bench").blocks, 6);
    for (subject, note) in [
        ("adds, Rust probe : criterion", "fewer than 3 blocks"),
        ("map-hit, Rust probe : criterion", "no block has a figure"),
    ] {
        let row = found(&rows, subject);
        assert_eq!(row.word, Word::Undecided);
        assert_eq!(row.ratio, None);
        assert_eq!(row.note.as_deref(), Some(note));
    }
}

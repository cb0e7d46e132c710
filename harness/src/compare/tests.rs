//! Whole gates over made-up runs, with fixed seeds.

use std::collections::BTreeMap;
use std::path::Path;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::plan::control_pair;
use crate::record::{
    BuildReceipt, HostFacts, INVOCATION_FORMAT, InvocationId, NoiseDelta, Phase, ProbeEnd,
    RUN_FORMAT, Record, RunEnd, Sample, Usage,
};
use crate::spec::{Sources, load_text};

const DEFINITION: &str = r#"
format = 1
title = "T"
summary = "s"
analysis = "a"
fairness = ["f"]
run = { min-blocks = 6, max-blocks = 20, precision = "5%", timeout = "1s", budget = "40s" }
variants.rust = { language = "rust", program = "p" }
params.i = { doc = "which" }
metrics.time = { title = "time", unit = "ns", better = "lower" }
metrics.rate = { title = "rate", unit = "1/s", better = "higher" }
metrics.age = { title = "age", unit = "ns" }
metrics.size = { title = "size", unit = "B", better = "lower", exact = true }
metrics.share = { title = "share", unit = "1" }

[[matrix]]
case = "work"
variants = ["rust"]
params = { i = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }
control = true

[[claims]]
id = "q03-short"
question = 3
line = 1
kind = "timing"
says = "Takes at most 1.2 µs."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "rust", params = { i = 1 } }
expect = { below = "1200ns" }
"#;

fn definition(text: &str) -> Experiment {
    let folder = tempfile::tempdir().unwrap();
    let sources = Sources {
        go_programs: folder.path().join("go-programs"),
        rust_equivalents: folder.path().join("rust-equivalents"),
    };
    let bin = sources.rust_equivalents.join("src/bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::write(bin.join("p.rs"), "").unwrap();
    load_text(Path::new("e.toml"), text, &sources).unwrap()
}

fn run_file(id: &str) -> RunFile {
    RunFile {
        format: RUN_FORMAT,
        id: id.into(),
        created: String::new(),
        harness: "1".into(),
        revision: None,
        command_line: Vec::new(),
        profile: "standard".into(),
        seed: 1,
        budget_ns: None,
        overrides: BTreeMap::new(),
        experiments: vec!["e".into()],
        only_claims: BTreeMap::new(),
        go_versions: Vec::new(),
        control: true,
        definitions: BTreeMap::new(),
        host: HostFacts::default(),
        builds: Vec::new(),
        missing: Vec::new(),
    }
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// One process of a cell, with one figure of each metric.
fn invocation(cell: &CellKey, block: u32, figures: &[(&str, f64)]) -> Invocation {
    let sample = |(metric, value): &(&str, f64)| {
        if *metric == "size" {
            return Record::Value(crate::record::Value {
                metric: "size".to_owned(),
                unit: Unit::Byte,
                value: Some(*value),
                absent: None,
            });
        }
        Record::Sample(Sample {
            metric: (*metric).to_owned(),
            unit: Unit::Nanosecond,
            phase: Phase::Measure,
            ops: 1,
            value: *value,
            at: None,
        })
    };
    let mut invocation = Invocation {
        format: INVOCATION_FORMAT,
        id: InvocationId(format!("{cell} {block}")),
        cell: cell.clone(),
        block,
        slot: 0,
        attempt: 0,
        seed: 0,
        env_pad: 0,
        layout: block % 3,
        started: String::new(),
        wall_ns: 1_000_000,
        overhead_ns: 0,
        harness_cpu_ns: 0,
        end: RunEnd::Exited { code: 0 },
        probe: ProbeEnd::Complete,
        usage: Usage::default(),
        noise: NoiseDelta::default(),
        disturbed: None,
        records: Vec::new(),
        samples: Vec::new(),
        warnings: Vec::new(),
        stderr_tail: String::new(),
    };
    invocation.take_records(figures.iter().map(sample).collect());
    invocation
}

fn one(cell: &CellKey, block: u32, time: f64) -> Invocation {
    invocation(cell, block, &[("time", time)])
}

fn cell(i: usize) -> CellKey {
    CellKey {
        experiment: "e".into(),
        variant: "rust".into(),
        toolchain: String::new(),
        case: "work".into(),
        params: [("i".to_owned(), i.to_string())].into(),
        copy: 0,
    }
}

/// How a run came out.
#[derive(Clone, Copy)]
struct Nature {
    seed: u64,
    blocks: u32,
    /// Relative spread of a process.
    noise: f64,
    /// Factor of the cells from 1 on; cell 0 has the twin.
    program: f64,
    /// Factor of everything, the control included.
    machine: f64,
}

const CALM: Nature = Nature {
    seed: 1,
    blocks: 10,
    noise: 0.02,
    program: 1.0,
    machine: 1.0,
};

fn journal(nature: Nature) -> Vec<Invocation> {
    let mut rng = ChaCha8Rng::seed_from_u64(nature.seed);
    let mut made = Vec::new();
    for block in 0..nature.blocks {
        for i in 0..10 {
            let factor = nature.machine * if i == 0 { 1.0 } else { nature.program };
            let mut time = || 1000.0 * factor * (nature.noise * normal(&mut rng)).exp();
            made.push(one(&cell(i), block, time()));
            if i == 0 {
                made.push(one(&cell(0).with_copy(1), block, time()));
            }
        }
        for (planned, extra) in control_pair("e", 0).into_iter().zip([1.0, 1.1]) {
            let spin = 100.0 * nature.machine * extra * (0.003 * normal(&mut rng)).exp();
            made.push(invocation(&planned.key, block, &[("spin", spin)]));
        }
    }
    made
}

fn gate_of(experiments: &[Experiment], a: &[Invocation], b: &[Invocation]) -> Gate {
    gate_between((experiments, a), (experiments, b))
}

/// The gate of two runs with definitions of their own.
fn gate_between(
    (then, a): (&[Experiment], &[Invocation]),
    (now, b): (&[Experiment], &[Invocation]),
) -> Gate {
    let (first, second) = (run_file("a"), run_file("b"));
    let a = Side {
        run: &first,
        experiments: then,
        invocations: a,
    };
    let b = Side {
        run: &second,
        experiments: now,
        invocations: b,
    };
    compare(a, b, Margin::DEFAULT)
}

fn gate(a: Nature, b: Nature) -> Gate {
    gate_of(&[definition(DEFINITION)], &journal(a), &journal(b))
}

fn words(gate: &Gate) -> BTreeMap<Word, usize> {
    let mut words = BTreeMap::new();
    for comparison in &gate.comparisons {
        *words.entry(comparison.word).or_default() += 1;
    }
    words
}

#[test]
fn equal_runs_raise_no_alarm() {
    const GATES: u64 = 60;
    let experiments = [definition(DEFINITION)];
    let (mut alarms, mut same, mut all) = (0, 0, 0);
    for seed in 0..GATES {
        let nature = |seed| Nature {
            seed,
            noise: 0.03,
            ..CALM
        };
        let (a, b) = (journal(nature(2 * seed)), journal(nature(2 * seed + 1)));
        let gate = gate_of(&experiments, &a, &b);
        assert_eq!(gate.tests, 10);
        alarms += u64::from(gate.comparisons.iter().any(|c| c.word.is_difference()));
        same += words(&gate).get(&Word::Same).copied().unwrap_or(0);
        all += gate.comparisons.len();
    }
    println!("{alarms} of {GATES} gates raise an alarm; same: {same} of {all}");
    assert!(alarms as f64 / GATES as f64 <= 0.05);
}

#[test]
fn ten_percent_is_found_at_a_noise_of_two() {
    let gate = gate(
        CALM,
        Nature {
            seed: 2,
            program: 1.1,
            ..CALM
        },
    );
    let slower = gate.comparisons.iter().filter(|c| c.word == Word::Slower);
    assert!(slower.clone().count() >= 8, "{:#?}", words(&gate));
    assert!(slower.clone().all(|c| c.is_worse && c.p.unwrap() <= 0.05));
    assert!(
        !gate.comparisons[0].word.is_difference(),
        "cell 0 is as before"
    );
    assert_eq!(gate.outcome(), Outcome::Worse);
    for comparison in &gate.comparisons {
        assert!(comparison.detectable.unwrap() < 1.2, "{comparison:#?}");
    }
}

#[test]
fn a_program_that_is_the_same_can_not_have_become_slower() {
    let receipt = |binary: &str, layout: &str| BuildReceipt {
        experiment: "e".into(),
        variant: "rust".into(),
        toolchain: "rustc".into(),
        go_line: None,
        flags: Vec::new(),
        inputs: String::new(),
        binary: binary.into(),
        other_layouts: vec![layout.into()],
        settings: BTreeMap::new(),
    };
    let slow = Nature {
        seed: 2,
        program: 1.1,
        ..CALM
    };
    let experiments = [definition(DEFINITION)];
    let (a, b) = (journal(CALM), journal(slow));
    let between = |then: (&str, &str), now: (&str, &str)| {
        let (mut first, mut second) = (run_file("a"), run_file("b"));
        first.builds.push(receipt(then.0, then.1));
        second.builds.push(receipt(now.0, now.1));
        let side = |run, invocations| Side {
            run,
            experiments: &experiments,
            invocations,
        };
        compare(side(&first, &a), side(&second, &b), Margin::DEFAULT)
    };
    for now in [("other", "layout"), ("one", "other layout")] {
        let rebuilt = between(("one", "layout"), now);
        assert!(words(&rebuilt)[&Word::Slower] >= 8, "{now:?}");
    }
    let same = between(("one", "layout"), ("one", "layout"));
    assert_eq!(words(&same).get(&Word::Slower), None);
    assert_eq!(same.outcome(), Outcome::Open);
    let blamed = same.comparisons.iter();
    let blamed = blamed.filter(|c| c.reason.contains("the machine changed, not the program"));
    assert!(blamed.count() >= 8);
}

#[test]
fn equal_and_quiet_is_the_same_and_equal_and_noisy_is_not() {
    let quiet = gate(CALM, Nature { seed: 2, ..CALM });
    assert_eq!(words(&quiet)[&Word::Same], 10);
    assert_eq!(quiet.outcome(), Outcome::Same);
    let noise = 0.15;
    let noisy = gate(
        Nature { noise, ..CALM },
        Nature {
            seed: 2,
            noise,
            ..CALM
        },
    );
    assert_eq!(words(&noisy)[&Word::Inconclusive], 10);
    assert_eq!(noisy.outcome(), Outcome::Open);
}

#[test]
fn nothing_inside_the_spread_of_the_twin_is_a_difference() {
    let experiments = [definition(DEFINITION)];
    let a = journal(CALM);
    // The twin alone is noisy: the intervals of the other cells are narrow, and no difference is to be believed.
    let mut b = journal(Nature {
        seed: 2,
        program: 1.15,
        ..CALM
    });
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for invocation in b.iter_mut().filter(|i| i.cell.copy == 1) {
        let time = 1000.0 * (0.15 * normal(&mut rng)).exp();
        *invocation = one(&invocation.cell, invocation.block, time);
    }
    let gate = gate_of(&experiments, &a, &b);
    assert_eq!(words(&gate).get(&Word::Slower), None);
    let held_back = gate
        .comparisons
        .iter()
        .filter(|c| c.reason.contains("A/A spread"));
    assert!(held_back.count() >= 8);
}

#[test]
fn a_machine_that_changed_is_seen_by_the_control() {
    let gate = gate(
        CALM,
        Nature {
            seed: 2,
            machine: 1.3,
            ..CALM
        },
    );
    assert!(gate.drift[0].has_drifted);
    assert_eq!(words(&gate)[&Word::Inconclusive], 10);
    assert!(
        gate.comparisons[3]
            .reason
            .contains("the machine has changed")
    );
    // The flip of the claim is the machine's, too.
    assert_eq!(gate.claims[0].change, Change::Lost);
    assert_eq!(gate.outcome(), Outcome::Open);
}

#[test]
fn a_flip_alone_fails() {
    let gate = gate(
        CALM,
        Nature {
            seed: 2,
            program: 1.3,
            ..CALM
        },
    );
    assert_eq!(gate.claims.len(), 1);
    let change = &gate.claims[0];
    assert_eq!(
        (change.change, change.a, change.b),
        (Change::Flip, VerdictKind::Confirmed, VerdictKind::Refuted)
    );
    let alone = Gate {
        comparisons: Vec::new(),
        ..gate
    };
    assert_eq!(alone.outcome(), Outcome::Worse);
}

/// One cell with one metric that has these values in each run.
fn single(metric: &str, a: &[f64], b: &[f64]) -> Comparison {
    // Without adaptive cells a run needs no A/A control.
    let experiments = [definition(
        &DEFINITION.replace("control = true", "blocks = 5"),
    )];
    let made = |values: &[f64]| -> Vec<Invocation> {
        (0..)
            .zip(values)
            .map(|(block, value)| invocation(&cell(0), block, &[(metric, *value)]))
            .collect()
    };
    let gate = gate_of(&experiments, &made(a), &made(b));
    assert!(gate.comparisons.len() <= 1, "{:#?}", gate.comparisons);
    gate.comparisons.into_iter().next().unwrap()
}

#[test]
fn a_word_follows_what_is_better() {
    let (low, high) = (
        [100.0, 101.0, 99.0, 100.5, 99.5],
        [150.0, 151.0, 149.0, 150.5, 149.5],
    );
    for (metric, up, up_is_worse, down) in [
        ("time", Word::Slower, true, Word::Faster),
        ("rate", Word::Faster, false, Word::Slower),
        ("age", Word::More, false, Word::Less),
    ] {
        let found = single(metric, &low, &high);
        assert_eq!((found.word, found.is_worse), (up, up_is_worse), "{metric}");
        let back = single(metric, &high, &low);
        assert_eq!(back.word, down, "{metric}");
        assert_eq!(back.is_worse, metric == "rate", "{metric}");
    }
}

#[test]
fn what_never_differs_is_known_without_a_test() {
    let same = single("size", &[64.0, 64.0], &[64.0, 64.0]);
    assert_eq!(same.word, Word::Same);
    let more = single("size", &[64.0, 64.0], &[128.0, 128.0]);
    assert_eq!((more.word, more.is_worse), (Word::More, true));
    let from_nothing = single("size", &[0.0, 0.0], &[8.0, 8.0]);
    assert_eq!(from_nothing.word, Word::More);
    assert_eq!(single("size", &[0.0, 0.0], &[0.0, 0.0]).word, Word::Same);
    let not_constant = single("size", &[64.0, 65.0], &[128.0, 128.0]);
    assert_eq!(not_constant.word, Word::Inconclusive);
    // A time that happens not to differ twice is no exact figure.
    let by_chance = single("time", &[64.0, 64.0], &[128.0, 128.0]);
    assert_eq!(by_chance.word, Word::Inconclusive);
}

#[test]
fn one_process_decides_nothing() {
    let found = single("time", &[100.0], &[200.0, 201.0]);
    assert_eq!(found.word, Word::Inconclusive);
    assert!(found.reason.contains("needs 2"), "{}", found.reason);
}

#[test]
fn counts_and_shares_are_no_part_of_it() {
    let experiments = [definition(DEFINITION)];
    let made = [invocation(&cell(0), 0, &[("share", 0.5)])];
    let gate = gate_of(&experiments, &made, &made);
    assert!(gate.comparisons.is_empty());
    assert!(
        gate.drift[0]
            .says
            .contains("not known: a run has no control")
    );
}

#[test]
fn other_flags_make_another_measurement() {
    let then = [definition(DEFINITION)];
    let now = [definition(&DEFINITION.replace(
        "program = \"p\" }",
        "program = \"p\", args = [\"--twice\"] }",
    ))];
    let made = journal(CALM);
    let gate = gate_between((&then, &made), (&now, &made));
    assert_eq!(words(&gate)[&Word::Incomparable], 10);
    assert!(gate.comparisons[0].reason.contains("arguments"));
    assert_eq!(gate.outcome(), Outcome::Open);
}

//! Refutations by figures: once is not enough, and chance does not come twice.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use harness::analysis::Analyst;
use harness::analysis::controls::controls;
use harness::plan::{CONTROL_VARIANT, Cell, Options, expand};
use harness::record::{
    CellKey, INVOCATION_FORMAT, Invocation, InvocationId, NoiseDelta, Ops, Phase, ProbeEnd, Record,
    RunEnd, Samples, Usage, Value, Verdict, VerdictKind,
};
use harness::spec::{Experiment, Profile, Sources, load_text};
use harness::units::Unit;
use harness::verdict::{Fitness, draft, judge_all, settle};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One claim a cell, each that the time is at most 100 ns.
fn definition(cells: usize) -> Experiment {
    with_entries(cells, "")
}

/// As [`definition`], with `more` in its matrix.
fn with_entries(cells: usize, more: &str) -> Experiment {
    load(&text_of(cells, more))
}

fn text_of(cells: usize, more: &str) -> String {
    let mut text = r#"format = 1
title = "T"
summary = "s"
analysis = "a"
fairness = ["f"]
[run]
min-blocks = 6
max-blocks = 40
precision = "5%"
timeout = "10s"
budget = "60s"
[variants.go]
language = "go"
program = "selftest"
[params.size]
doc = "d"
[metrics.time]
title = "time"
unit = "ns"
"#
    .to_owned();
    for size in 0..cells {
        // Writing to a String can't fail.
        let _ = write!(
            text,
            r#"
[[matrix]]
case = "work"
variants = ["go"]
params = {{ size = {size} }}
"#
        );
    }
    text.push_str(more);
    for size in 0..cells {
        // Writing to a String can't fail.
        let _ = write!(
            text,
            r#"
[[claims]]
id = "q01-{size}"
question = 1
line = 1
kind = "timing"
says = "s"
[[claims.figures]]
metric = "time"
statistic = "value"
select = {{ params = {{ size = {size} }} }}
expect = {{ below = "100ns" }}
"#
        );
    }
    text
}

fn load(text: &str) -> Experiment {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = Sources {
        go_programs: project.join("go-programs"),
        rust_equivalents: project.join("rust-equivalents"),
    };
    load_text(Path::new("x.toml"), text, &sources).unwrap()
}

/// What a run of `experiment` plans, with the values of `size` that the user put in place.
fn planned(experiment: &Experiment, sizes: &[&str]) -> Vec<Cell> {
    let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    let options = Options {
        profile: Profile::Standard,
        seed: 1,
        go_versions: vec!["1.27.3".into()],
        overrides: match sizes.is_empty() {
            true => BTreeMap::new(),
            false => BTreeMap::from([("size".to_owned(), sizes)]),
        },
        budget_ns: None,
        only_claims: BTreeMap::new(),
        control: true,
    };
    expand(&[experiment], &options)
        .unwrap()
        .cells(&experiment.name)
        .to_vec()
}

fn invocation(size: usize, block: u32, value: f64) -> Invocation {
    let cell = CellKey {
        experiment: "x".into(),
        variant: "go".into(),
        toolchain: "1.27.3".into(),
        case: "work".into(),
        params: BTreeMap::from([("size".to_owned(), size.to_string())]),
        copy: 0,
    };
    Invocation {
        format: INVOCATION_FORMAT,
        id: InvocationId(format!("{size}-{block}")),
        cell,
        block,
        slot: 0,
        attempt: 0,
        seed: 0,
        env_pad: 0,
        layout: block % 3,
        started: String::new(),
        wall_ns: 1,
        overhead_ns: 0,
        harness_cpu_ns: 0,
        end: RunEnd::Exited { code: 0 },
        probe: ProbeEnd::Complete,
        usage: Usage::default(),
        noise: NoiseDelta::default(),
        disturbed: None,
        records: vec![Record::Value(Value {
            metric: "time".into(),
            unit: Unit::Nanosecond,
            value: Some(value),
            absent: None,
        })],
        samples: Vec::new(),
        warnings: Vec::new(),
        stderr_tail: String::new(),
    }
}

fn verdict(values: &[f64]) -> Verdict {
    let experiment = definition(1);
    let invocations: Vec<Invocation> = values
        .iter()
        .zip(0..)
        .map(|(value, block)| invocation(0, block, *value))
        .collect();
    let analyst = Analyst::new(&experiment, &planned(&experiment, &[]), &invocations);
    judge_all(&analyst, &Fitness::default()).remove(0)
}

#[test]
fn a_refutation_needs_fresh_invocations_that_say_the_same() {
    // Five within one percent of 200: refuted at the first look.
    let first = [199.0, 200.0, 201.0, 200.5, 199.5];
    let once = verdict(&first);
    assert_eq!(once.kind, VerdictKind::Inconclusive);
    assert!(
        once.reason.contains("none was left to confirm it"),
        "{}",
        once.reason
    );

    let few = verdict(&[&first[..], &first[..4]].concat());
    assert_eq!(few.kind, VerdictKind::Inconclusive);
    assert!(
        few.reason.contains("4 more do not confirm it"),
        "{}",
        few.reason
    );

    let twice = verdict(&[first, first].concat());
    assert_eq!(twice.kind, VerdictKind::Refuted);
    assert!(
        twice
            .reason
            .contains("5 invocations said so, and 5 more by themselves"),
        "{}",
        twice.reason
    );
    let p = twice.per_toolchain[0].p.unwrap();
    assert!(p < 0.05 * 0.05, "{p}");
}

#[test]
fn a_bad_start_does_not_refute() {
    let disturbed = [199.0, 200.0, 201.0, 200.5, 199.5];
    let honest = [99.0, 101.0, 98.0, 102.0, 100.0, 99.5, 100.5];
    assert_eq!(
        verdict(&[&disturbed[..], &honest[..]].concat()).kind,
        VerdictKind::Inconclusive
    );
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    // Box and Muller; the first of the two values.
    let (u, v): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// Runs of 30 blocks that are looked at after every block and end at the first refutation.
fn share_refuted(truth: f64, runs: u32) -> f64 {
    let experiment = definition(1);
    let cells = planned(&experiment, &[]);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let refuted = (0..runs).filter(|_| {
        let mut invocations = Vec::new();
        (0..30).any(|block| {
            let value = truth * (0.05 * normal(&mut rng)).exp();
            invocations.push(invocation(0, block, value));
            // Two first looks take ten blocks; before that nothing can be refuted.
            if block < 9 {
                return false;
            }
            let analyst = Analyst::new(&experiment, &cells, &invocations);
            judge_all(&analyst, &Fitness::default())[0].kind == VerdictKind::Refuted
        })
    });
    refuted.count() as f64 / f64::from(runs)
}

#[test]
fn a_claim_that_just_holds_is_hardly_ever_refuted_and_one_that_fails_is_found() {
    // One look of 5 % on either side would allow 2.5 %; two allow 0.06 %.
    let wrong = share_refuted(100.0, 300);
    assert!(wrong <= 1.0 / 300.0, "{wrong}");
    let found = share_refuted(115.0, 60);
    assert!(found >= 0.95, "{found}");
}

#[test]
fn among_many_claims_a_weak_refutation_does_not_stand() {
    // 40 claims: one is refuted with p near 0.002, the others are plainly true.
    let experiment = definition(40);
    let weak = [105.9, 110.0, 108.0, 107.0, 109.1];
    let invocations: Vec<Invocation> = (0..40)
        .flat_map(|size| {
            (0..10).map(move |block| {
                let value = weak[block as usize % 5] - if size == 0 { 0.0 } else { 60.0 };
                invocation(size, block, value)
            })
        })
        .collect();
    let analyst = Analyst::new(&experiment, &planned(&experiment, &[]), &invocations);
    let drafts = draft(&analyst, &Fitness::default());
    let alone = settle(drafts[..1].to_vec()).remove(0);
    let p = alone.per_toolchain[0].p.unwrap();
    assert!(p > 0.05 / 40.0, "the example is too strong: {p}");
    assert_eq!(alone.kind, VerdictKind::Refuted);
    let among = settle(drafts).remove(0);
    assert_eq!(among.kind, VerdictKind::Inconclusive);
    assert!(
        among.reason.contains("among the 40 figures"),
        "{}",
        among.reason
    );
}

/// A run of a claim that plainly holds, whose A/A twin takes `factor` times as long.
fn with_twin(factor: f64, blocks: u32) -> Verdict {
    let experiment = definition(1);
    let invocations: Vec<Invocation> = (0..blocks)
        .flat_map(|block| {
            let noise = 1.0 + 0.01 * f64::from(block % 5);
            let mut twin = invocation(0, block, 60.0 * factor * noise);
            twin.cell = twin.cell.with_copy(1);
            twin.id = InvocationId(format!("twin-{block}"));
            [invocation(0, block, 60.0 * (2.02 - noise)), twin]
        })
        .collect();
    let mut cells = planned(&experiment, &[]);
    // These runs are about the twin alone; a known slow-down that was planned and never ran fails a run by itself.
    cells.retain(|cell| cell.key.variant != CONTROL_VARIANT);
    let analyst = Analyst::new(&experiment, &cells, &invocations);
    let fitness = Fitness {
        controls: controls(&analyst),
        mismatches: Vec::new(),
    };
    judge_all(&analyst, &fitness).remove(0)
}

#[test]
fn a_cell_that_differs_from_itself_makes_the_run_unfit() {
    assert_eq!(with_twin(1.0, 12).kind, VerdictKind::Confirmed);
    let unfit = with_twin(1.3, 12);
    assert_eq!(unfit.kind, VerdictKind::Inconclusive);
    assert_eq!(unfit.downgraded_from, Some(VerdictKind::Confirmed));
    assert!(
        unfit.reason.contains("same cell twice differs"),
        "{}",
        unfit.reason
    );
}

#[test]
fn a_cell_that_was_hardly_held_against_itself_makes_the_run_unfit() {
    let unfit = with_twin(1.0, 5);
    assert_eq!(unfit.kind, VerdictKind::Inconclusive);
    assert!(
        unfit.reason.contains("5 pairs are too few"),
        "{}",
        unfit.reason
    );
}

#[test]
fn a_cell_is_fixed_by_what_was_planned_whatever_entry_has_its_value() {
    // The definition has size 1 with a fixed number of blocks, and size 0 without one.
    let fixed =
        "\n[[matrix]]\ncase = \"work\"\nvariants = [\"go\"]\nparams = { size = 1 }\nblocks = 3\n";
    let experiment = with_entries(1, fixed);
    let of = |size: usize| invocation(size, 0, 60.0).cell;
    let fixed_ones = |sizes: &[&str]| {
        let analyst = Analyst::new(&experiment, &planned(&experiment, sizes), &[]);
        [0, 1].map(|size| (analyst.is_fixed(&of(size)), analyst.is_adaptive(&of(size))))
    };
    assert_eq!(fixed_ones(&[]), [(false, true), (true, false)]);
    // Both entries have the value now, and the first one plans the cell.
    assert_eq!(fixed_ones(&["1"])[1], (false, true));
    assert_eq!(fixed_ones(&["0"])[0], (false, true));
}

/// Batches of a thousand operations of 50 ns, and one of two thousand that took `factor` times as long.
fn batches(size: usize, block: u32, factor: f64) -> Invocation {
    let jitter = 1.0 + f64::from(block % 3) / 1000.0;
    let samples = |phase, ops, values| Samples {
        metric: "time".into(),
        unit: Unit::Nanosecond,
        phase,
        ops: Ops::Same(ops),
        values,
        at: Vec::new(),
    };
    Invocation {
        records: Vec::new(),
        samples: vec![
            samples(Phase::Measure, 1000, vec![50_000.0 * jitter; 5]),
            samples(Phase::Scale, 2000, vec![50_000.0 * jitter * factor]),
        ],
        ..invocation(size, block, 0.0)
    }
}

/// The first claim about two cells, of which twice the operations take these factors of the time.
fn verdict_of_batches(text: &str, factors: [f64; 2]) -> Verdict {
    let experiment = load(&text.replace("statistic = \"value\"", "statistic = \"median\""));
    let invocations: Vec<Invocation> = (0..12)
        .flat_map(|block| [0, 1].map(|size| batches(size, block, factors[size])))
        .collect();
    let analyst = Analyst::new(&experiment, &planned(&experiment, &[]), &invocations);
    judge_all(&analyst, &Fitness::default()).remove(0)
}

#[test]
fn no_verdict_rests_on_work_that_takes_no_longer_when_doubled() {
    let plain = text_of(2, "");
    let against = "versus = { metric = \"time\", statistic = \"median\", select = { params = { size = 1 } } }\nexpect = { below = \"2x\" }";
    let ratio = plain.replacen("expect = { below = \"100ns\" }", against, 1);
    for (text, factors, expected) in [
        (&plain, [2.0, 2.0], VerdictKind::Confirmed),
        (&plain, [1.0, 2.0], VerdictKind::Inconclusive),
        (&plain, [2.0, 1.0], VerdictKind::Confirmed),
        (&ratio, [2.0, 2.0], VerdictKind::Confirmed),
        (&ratio, [2.0, 1.0], VerdictKind::Inconclusive),
    ] {
        let found = verdict_of_batches(text, factors);
        assert_eq!(found.kind, expected, "{factors:?}: {}", found.reason);
        let is_named = found.reason.contains("not judged: ");
        assert_eq!(
            is_named,
            expected == VerdictKind::Inconclusive,
            "{}",
            found.reason
        );
    }
}

/// What the first claim comes to on two releases, the older of which links in one layout only.
fn over_releases(text: &str, older: f64, newer: f64) -> Verdict {
    let experiment = load(text);
    let invocations: Vec<Invocation> = (0..12)
        .flat_map(|block| {
            let jitter = 1.0 + f64::from(block % 5) / 1000.0;
            let mut one_layout = invocation(0, block, older * jitter);
            one_layout.cell.toolchain = "1.21.13".into();
            one_layout.id = InvocationId(format!("older-{block}"));
            one_layout.layout = 0;
            [one_layout, invocation(0, block, newer * jitter)]
        })
        .collect();
    let analyst = Analyst::new(&experiment, &planned(&experiment, &[]), &invocations);
    judge_all(&analyst, &Fitness::default()).remove(0)
}

#[test]
fn a_correction_is_asked_of_the_releases_that_it_speaks_of() {
    let correction = |go_min: &str| {
        format!(
            "{}\n[claims.instead]\nsays = \"s\"\n{go_min}\n[[claims.instead.figures]]\nmetric = \"time\"\nstatistic = \"value\"\nselect = {{ params = {{ size = 0 }} }}\nexpect = {{ below = \"50ns\" }}\n",
            text_of(1, "")
        )
    };
    for (go_min, expected) in [
        ("", VerdictKind::VersionDependent),
        ("go-min = \"1.24\"", VerdictKind::Confirmed),
        ("go-min = \"1.27\"", VerdictKind::Confirmed),
        ("go-min = \"1.28\"", VerdictKind::NotRun),
    ] {
        let found = over_releases(&correction(go_min), 200.0, 30.0);
        assert_eq!(
            found.kind,
            VerdictKind::VersionDependent,
            "{}",
            found.reason
        );
        let instead = found.instead.unwrap();
        assert_eq!(instead.kind, expected, "{go_min}: {}", instead.reason);
    }
}

#[test]
fn no_release_is_told_from_another_by_what_a_layout_can_make() {
    let time = text_of(1, "");
    let size = time
        .replace("unit = \"ns\"", "unit = \"B\"")
        .replace("below = \"100ns\"", "below = \"100B\"");
    for (text, older, newer, expected) in [
        (&time, 96.0, 104.0, VerdictKind::Inconclusive),
        (&time, 80.0, 104.0, VerdictKind::VersionDependent),
        (&time, 104.0, 120.0, VerdictKind::Inconclusive),
        (&time, 115.0, 104.0, VerdictKind::Refuted),
        (&time, 80.0, 96.0, VerdictKind::Confirmed),
        (&size, 96.0, 104.0, VerdictKind::VersionDependent),
    ] {
        let found = over_releases(text, older, newer);
        assert_eq!(found.kind, expected, "{older}, {newer}: {}", found.reason);
        let is_named = found.per_toolchain[0]
            .reason
            .contains("not judged: 1 layout of a program");
        assert_eq!(
            is_named,
            expected == VerdictKind::Inconclusive,
            "{}",
            found.reason
        );
    }
}

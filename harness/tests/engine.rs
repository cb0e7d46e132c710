//! The run loop and the judging behind it, on programs whose truth is known: a mock executor plays them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::analysis::Analyst;
use harness::analysis::checks::Mismatch;
use harness::engine::{Done, Engine, Interrupt};
use harness::exec::{CommandSpec, MockClock, MockExecutor, Reply};
use harness::plan::{ExperimentPlan, Options, expand};
use harness::record::{CellKey, Invocation, RunEnd, StopReason, Verdict, VerdictKind};
use harness::spec::{Experiment, Profile, Sources, load_text};
use harness::verdict::{ClaimStopping, Fitness, judge_all};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const DEFINITION: &str = r#"
format = 1
title = "Synthetic programs with a known truth"
summary = "s"
analysis = "a"
fairness = ["both sides are the same script"]
[run]
min-blocks = 10
max-blocks = 25
precision = "5%"
timeout = "10s"
budget = "600s"
[variants.go]
language = "go"
program = "probe"
[variants.rust]
language = "rust"
program = "selftest"
[params.size]
doc = "which truth"
[metrics.time]
title = "time of an operation"
unit = "ns"
[metrics.five]
title = "five"
unit = "1"
exact = true
[[matrix]]
case = "work"
variants = ["go", "rust"]
params = { size = [1, 2, 3, 4] }
control = true
[[claims]]
id = "inside"
question = 1
line = 1
kind = "timing"
says = "Takes 90 to 110 ns."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "go", params = { size = 1 } }
expect = { between = ["90ns", "110ns"], tolerance = 1.5 }
[[claims]]
id = "near"
question = 1
line = 1
kind = "timing"
says = "Takes 90 to 110 ns."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "go", params = { size = 2 } }
expect = { between = ["90ns", "110ns"], tolerance = 1.5 }
[[claims]]
id = "outside"
question = 1
line = 1
kind = "timing"
says = "Takes 90 to 110 ns."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "go", params = { size = 3 } }
expect = { between = ["90ns", "110ns"], tolerance = 1.5 }
[[claims]]
id = "straddling"
question = 1
line = 1
kind = "timing"
says = "At most 110 ns."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "go", params = { size = 4 } }
expect = { below = "110ns" }
[[claims]]
id = "twice-as-slow"
question = 1
line = 1
kind = "timing"
says = "Go takes twice the time."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "go", params = { size = 3 } }
versus = { metric = "time", statistic = "median", select = { variant = "rust" } }
expect = { times = "2x" }
[[claims]]
id = "inside-both"
question = 1
line = 1
kind = "timing"
says = "Takes 90 to 110 ns, also at size 3."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "go", params = { size = [1, 3] } }
expect = { between = ["90ns", "110ns"], tolerance = 1.5 }
[[claims]]
id = "below-all"
question = 1
line = 1
kind = "timing"
says = "At most 500 ns at any size."
[[claims.figures]]
metric = "time"
statistic = "median"
select = { variant = "go" }
expect = { below = "500ns" }
[[claims]]
id = "says-yes"
question = 1
line = 1
kind = "behaviour"
says = "Yes."
[[claims.outcomes]]
key = "yes"
equals = true
select = { variant = "go" }
[[claims]]
id = "exactly-five"
question = 1
line = 1
kind = "memory"
says = "Five."
[[claims.figures]]
metric = "five"
statistic = "value"
select = { variant = "go" }
expect = { equals = "5" }
"#;

/// Median time of an operation by variant and size; spread is 2 % between processes.
fn truth(variant: &str, size: &str) -> f64 {
    let go = match size {
        "1" => 100.0,
        "2" => 130.0,
        "3" => 400.0,
        _ => 110.0,
    };
    if variant == "rust" { go / 2.0 } else { go }
}

struct Lab {
    experiment: Experiment,
    plan: ExperimentPlan,
    programs: BTreeMap<(String, String), Vec<PathBuf>>,
}

impl Lab {
    fn new(profile: Profile) -> Lab {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let sources = Sources {
            go_programs: project.join("go-programs"),
            rust_equivalents: project.join("rust-equivalents"),
        };
        let experiment = load_text(Path::new("synthetic.toml"), DEFINITION, &sources).unwrap();
        let options = Options {
            profile,
            seed: 42,
            go_versions: vec!["1.27.3".into()],
            overrides: BTreeMap::new(),
            budget_ns: None,
            only_claims: BTreeMap::new(),
            control: false,
        };
        let mut plan = expand(&[&experiment], &options).unwrap();
        let programs = [("go", "1.27.3"), ("rust", "")]
            .map(|(v, t)| {
                (
                    (v.to_owned(), t.to_owned()),
                    vec![PathBuf::from(format!("/{v}")); 3],
                )
            })
            .into();
        Lab {
            experiment,
            plan: plan.experiments.remove(0),
            programs,
        }
    }

    /// Runs with `reply`; the interrupt is asked before the invocation number `stop_at`.
    fn run(
        &self,
        history: Vec<Invocation>,
        reply: &dyn Fn(&CommandSpec) -> Reply,
        stop_at: Option<usize>,
    ) -> (Done, Vec<String>, Vec<Invocation>) {
        let clock = MockClock::new();
        let interrupt = Interrupt::default();
        let count = RefCell::new(0usize);
        let mut executor = MockExecutor::new(clock.clone(), |command| {
            *count.borrow_mut() += 1;
            if stop_at.is_some_and(|n| *count.borrow() >= n) {
                interrupt.ask();
            }
            reply(command)
        });
        let mut written = Vec::new();
        let mut engine = Engine {
            executor: &mut executor,
            clock: &clock,
            noise: None,
            cpus: 2,
            programs: &self.programs,
            look_up: &|_| Ok(harness::engine::LookedUp::default()),
            base_env: &BTreeMap::new(),
            cwd: "/".into(),
            seed: 42,
            interrupt: &interrupt,
            listener: &mut |_| {},
        };
        let mut stopping = ClaimStopping::new(&self.experiment, &self.plan);
        let done = engine
            .run::<std::convert::Infallible>(&self.plan, history, &mut stopping, &mut |i| {
                written.push(i.clone());
                Ok(())
            })
            .unwrap();
        let calls = executor.calls().iter().map(call).collect();
        (done, calls, written)
    }
}

/// Program, size and seed of a command: what the order of a run is asserted on.
fn call(command: &CommandSpec) -> String {
    let size = command
        .args
        .iter()
        .find_map(|a| a.strip_prefix("--size="))
        .unwrap_or("?");
    format!("{} {size}", command.program.display())
}

/// A program of known truth: process effects of 2 %, ten samples that hardly differ within it.
fn honest(command: &CommandSpec) -> Reply {
    let variant = command.program.display().to_string()[1..].to_owned();
    let size = command
        .args
        .iter()
        .find_map(|a| a.strip_prefix("--size="))
        .unwrap()
        .to_owned();
    let pad = command.env["HARNESS_PAD"].len() as u64;
    let mut rng = ChaCha8Rng::seed_from_u64(pad);
    // A sum of uniforms is near enough to a normal distribution.
    let z: f64 = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let time = truth(&variant, &size) * (0.02 * z).exp();
    let program = if variant == "go" { "probe" } else { "selftest" };
    let mut lines = vec![format!(
        r#"{{"type":"hello","protocol":1,"program":"{program}","language":"{variant}","toolchain":"t"}}"#
    )];
    for i in 0..10 {
        let value = time * (1.0 + 0.0001 * f64::from(i)) * 1000.0;
        lines.push(format!(
            r#"{{"type":"sample","metric":"time","unit":"ns","phase":"measure","ops":1000,"value":{value}}}"#
        ));
    }
    lines.push(r#"{"type":"check","value":"7"}"#.to_owned());
    lines.push(r#"{"type":"outcome","key":"yes","value":true}"#.to_owned());
    lines.push(r#"{"type":"value","metric":"five","unit":"1","value":5}"#.to_owned());
    lines.push(r#"{"type":"done","records":14}"#.to_owned());
    Reply::printing(lines).lasting(Duration::from_millis(100))
}

#[test]
fn verdicts_on_a_known_truth_come_out_right() {
    let lab = Lab::new(Profile::Standard);
    let (done, ..) = lab.run(Vec::new(), &honest, None);
    let analyst = Analyst::new(&lab.experiment, &lab.plan.cells, &done.invocations);
    let kinds: BTreeMap<String, VerdictKind> = judge_all(&analyst, &Fitness::default())
        .into_iter()
        .map(|v| (v.claim, v.kind))
        .collect();
    assert_eq!(kinds["inside"], VerdictKind::Confirmed);
    assert_eq!(kinds["near"], VerdictKind::Close);
    assert_eq!(kinds["outside"], VerdictKind::Refuted);
    assert_eq!(kinds["straddling"], VerdictKind::Inconclusive);
    assert_eq!(kinds["twice-as-slow"], VerdictKind::Confirmed);
}

#[test]
fn decided_cells_stop_early_and_open_ones_go_on() {
    let lab = Lab::new(Profile::Standard);
    let (done, ..) = lab.run(Vec::new(), &honest, None);
    let stop = |variant: &str, size: &str| {
        done.stops
            .iter()
            .find(|s| {
                s.cell.variant == variant && s.cell.params["size"] == size && s.cell.copy == 0
            })
            .unwrap()
    };
    assert_eq!(
        (stop("go", "3").reason, stop("go", "3").invocations),
        (StopReason::Decided, 10)
    );
    // Decided as early, but the A/A control needs it as long as its twin runs.
    assert_eq!(stop("go", "1").invocations, 25);
    assert_eq!(
        (stop("go", "4").reason, stop("go", "4").invocations),
        (StopReason::MaxBlocks, 25)
    );
    // Nobody asks about it beyond the first ten blocks.
    assert_eq!(stop("rust", "1").reason, StopReason::Precise);
}

#[test]
fn a_block_runs_every_active_cell_once_in_an_order_that_the_seed_fixes() {
    let lab = Lab::new(Profile::Quick);
    let (_, calls, _) = lab.run(Vec::new(), &honest, None);
    let (_, again, _) = lab.run(Vec::new(), &honest, None);
    assert_eq!(calls, again);
    let cells = lab.plan.cells.len();
    let first: BTreeSet<&String> = calls[..cells].iter().collect();
    // The A/A twin runs the same command as its original.
    assert_eq!(first.len(), cells - 1);
    assert_ne!(
        calls[..cells],
        calls[cells..2 * cells],
        "blocks share one order"
    );
}

#[test]
fn a_run_stopped_anywhere_and_resumed_is_the_run_that_was_never_stopped() {
    let lab = Lab::new(Profile::Quick);
    let (whole, ..) = lab.run(Vec::new(), &honest, None);
    let ids = |i: &[Invocation]| i.iter().map(|i| i.id.clone()).collect::<Vec<_>>();
    for stop_at in 1..whole.invocations.len() {
        let (_, _, before) = lab.run(Vec::new(), &honest, Some(stop_at));
        assert_eq!(
            before.len(),
            stop_at,
            "the invocation in flight is finished and kept"
        );
        let (resumed, _, after) = lab.run(before.clone(), &honest, None);
        assert_eq!(
            ids(&resumed.invocations),
            ids(&whole.invocations),
            "stopped at {stop_at}"
        );
        assert_eq!(
            before.len() + after.len(),
            whole.invocations.len(),
            "measured twice"
        );
        assert_eq!(resumed.stops, whole.stops);
    }
}

#[test]
fn a_cell_that_keeps_failing_is_given_up_and_the_others_go_on() {
    let lab = Lab::new(Profile::Quick);
    let reply = |command: &CommandSpec| {
        if call(command) == "/go 2" {
            Reply::ending(RunEnd::Signalled { signal: 11 }, Vec::<Vec<u8>>::new())
        } else {
            honest(command)
        }
    };
    let (done, calls, _) = lab.run(Vec::new(), &reply, None);
    assert_eq!(calls.iter().filter(|c| *c == "/go 2").count(), 2);
    let failed: Vec<&str> = done
        .stops
        .iter()
        .filter(|s| s.reason == StopReason::Failed)
        .map(|s| s.cell.params["size"].as_str())
        .collect();
    assert_eq!(failed, ["2"]);
    let analyst = Analyst::new(&lab.experiment, &lab.plan.cells, &done.invocations);
    let verdicts = judge_all(&analyst, &Fitness::default());
    let near = verdicts.iter().find(|v| v.claim == "near").unwrap();
    assert_eq!(near.kind, VerdictKind::NotRun);
    assert!(near.reason.contains("failed"), "{}", near.reason);
}

#[test]
fn the_budget_ends_a_run_between_blocks() {
    let mut lab = Lab::new(Profile::Standard);
    lab.plan.budget_ns = 3_500_000_000;
    let (done, ..) = lab.run(Vec::new(), &honest, None);
    let blocks = done.invocations.iter().map(|i| i.block).max().unwrap() + 1;
    // Nine cells of 100 ms a block: the fourth would end at 3.6 s.
    assert_eq!(blocks, 3);
    assert!(done.stops.iter().all(|s| s.reason == StopReason::Budget));
}

#[test]
fn a_metric_that_the_definition_does_not_have_is_no_figure() {
    let lab = Lab::new(Profile::Quick);
    let reply = |command: &CommandSpec| {
        let mut reply = honest(command);
        for line in &mut reply.lines {
            let text = String::from_utf8_lossy(line).replace(r#""time""#, r#""tine""#);
            *line = text.into_bytes();
        }
        reply
    };
    let (done, ..) = lab.run(Vec::new(), &reply, None);
    let failure = done.invocations[0].failure().unwrap();
    assert!(
        failure.contains("metric `tine` is not declared"),
        "{failure}"
    );
}

#[test]
fn different_results_on_the_two_sides_are_an_error_not_a_number() {
    let lab = Lab::new(Profile::Quick);
    let reply = |command: &CommandSpec| {
        let mut reply = honest(command);
        if call(command) == "/rust 3" {
            for line in &mut reply.lines {
                let text =
                    String::from_utf8_lossy(line).replace(r#""value":"7""#, r#""value":"8""#);
                *line = text.into_bytes();
            }
        }
        reply
    };
    let (done, ..) = lab.run(Vec::new(), &reply, None);
    let analyst = Analyst::new(&lab.experiment, &lab.plan.cells, &done.invocations);
    let fitness = Fitness {
        controls: Vec::new(),
        mismatches: harness::analysis::checks::mismatches(&analyst),
    };
    let verdicts = judge_all(&analyst, &fitness);
    let of = |id: &str| verdicts.iter().find(|v| v.claim == id).unwrap();
    assert_eq!(of("outside").kind, VerdictKind::Inconclusive);
    assert!(
        of("outside").reason.contains("did not do the same work"),
        "{}",
        of("outside").reason
    );
}

/// Verdicts on what is left of a whole run when `keep` has looked at it.
fn judged_without(keep: impl Fn(&Invocation) -> bool) -> BTreeMap<String, Verdict> {
    let lab = Lab::new(Profile::Standard);
    let (done, ..) = lab.run(Vec::new(), &honest, None);
    let kept: Vec<Invocation> = done.invocations.into_iter().filter(keep).collect();
    let analyst = Analyst::new(&lab.experiment, &lab.plan.cells, &kept);
    judge_all(&analyst, &Fitness::default())
        .into_iter()
        .map(|v| (v.claim.clone(), v))
        .collect()
}

#[test]
fn a_part_of_the_cells_can_refute_a_claim_but_not_confirm_it() {
    let whole = judged_without(|_| true);
    assert_eq!(whole["inside-both"].kind, VerdictKind::Refuted);
    assert_eq!(whole["below-all"].kind, VerdictKind::Confirmed);
    let size = |i: &Invocation| i.cell.params["size"].clone();
    let without_4 = judged_without(|i| size(i) != "4");
    assert_eq!(without_4["below-all"].kind, VerdictKind::Inconclusive);
    let reason = &without_4["below-all"].reason;
    assert!(
        reason.contains("size=4`, which it needs too, was not run"),
        "{reason}"
    );
    assert_eq!(without_4["inside-both"].kind, VerdictKind::Refuted);
    // The half that holds does not confirm the whole.
    let without_3 = judged_without(|i| size(i) != "3");
    assert_eq!(without_3["inside-both"].kind, VerdictKind::Inconclusive);
}

#[test]
fn a_single_invocation_decides_nothing_and_two_that_agree_do() {
    let first = judged_without(|i| i.block < 1);
    assert_eq!(first["says-yes"].kind, VerdictKind::Inconclusive);
    assert_eq!(first["exactly-five"].kind, VerdictKind::Inconclusive);
    let reason = &first["says-yes"].reason;
    assert!(
        reason.contains("a single invocation decides nothing"),
        "{reason}"
    );
    let two = judged_without(|i| i.block < 2);
    assert_eq!(two["says-yes"].kind, VerdictKind::Confirmed);
    assert_eq!(two["exactly-five"].kind, VerdictKind::Confirmed);
}

#[test]
fn a_mismatch_of_the_denominator_spoils_a_ratio() {
    let lab = Lab::new(Profile::Quick);
    let (done, ..) = lab.run(Vec::new(), &honest, None);
    let cell = |variant: &str, size: &str| {
        let mut cells = done.invocations.iter().map(|i| &i.cell);
        cells
            .find(|c| c.variant == variant && c.params["size"] == size && c.copy == 0)
            .unwrap()
            .clone()
    };
    let analyst = Analyst::new(&lab.experiment, &lab.plan.cells, &done.invocations);
    let mismatch = |one: CellKey, other: CellKey| Fitness {
        controls: Vec::new(),
        mismatches: vec![Mismatch {
            block: 0,
            one: (one, "7".into()),
            other: (other, "8".into()),
        }],
    };
    let kind = |fitness: &Fitness| {
        let verdicts = judge_all(&analyst, fitness);
        verdicts
            .into_iter()
            .find(|v| v.claim == "twice-as-slow")
            .unwrap()
            .kind
    };
    assert_ne!(
        kind(&mismatch(cell("go", "1"), cell("rust", "1"))),
        VerdictKind::Inconclusive
    );
    assert_eq!(
        kind(&mismatch(cell("rust", "3"), cell("rust", "1"))),
        VerdictKind::Inconclusive
    );
}

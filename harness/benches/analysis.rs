//! What analysis and report cost, from a journal on the disk to every file of a report. `cargo bench --bench analysis`.
//!
//! 1. The command itself, `harness report RUN`, as a child process on generated runs of one and of ten million samples:
//!    wall time, and peak memory as the kernel tells it (`VmHWM`). Goal: ten million in 2 s and 256 MiB, and linear.
//! 2. Criterion on the parts: reading the journal, estimates with verdicts, and the table of samples.
//!
//! `cargo bench --bench analysis -- --quick` and Criterion's other flags concern the second part only.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a bench whose own data are wrong must stop"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use harness::analysis::Analyst;
use harness::plan::{Cell, expand_again};
use harness::record::{
    CellKey, HostFacts, INVOCATION_FORMAT, Invocation, InvocationId, NoiseDelta, Phase, ProbeEnd,
    RUN_FORMAT, Record, RunEnd, RunFile, Sample, Usage,
};
use harness::report::{Exporter as _, Inputs, ReportView, SamplesCsv};
use harness::spec::{Experiment, Sources, load_text};
use harness::store::{RunDir, write_derived};
use harness::units::Unit;
use harness::verdict::{Fitness, judge_all};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const GOAL: Duration = Duration::from_secs(2);
const GOAL_MEMORY: u64 = 256 << 20;
/// Each command is run so often; the fastest is what it costs, the slowest what the machine's other work adds.
const TIMES: usize = 5;
const CELLS: usize = 10;
const BLOCKS: u32 = 50;

const DEFINITION: &str = r#"
format = 1
title = "Generated"
summary = "s"
analysis = "a"
fairness = ["f"]
[run]
min-blocks = 6
max-blocks = 50
precision = "5%"
timeout = "60s"
budget = "600s"
[variants.rust]
language = "rust"
program = "generated"
[params.size]
doc = "one cell each"
[metrics.time]
title = "time"
unit = "ns"
[[matrix]]
case = "work"
variants = ["rust"]
params = { size = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }
[[claims]]
id = "q03-generated"
question = 3
line = 1
kind = "timing"
says = "Takes at most 1 ms at the 99th percentile."
[[claims.figures]]
metric = "time"
statistic = "p99"
select = { variant = "rust" }
expect = { below = "1ms" }
[[pairs]]
title = "size 0 against size 1"
of = { metric = "time", statistic = "median", select = { params = { size = 0 } } }
versus = { metric = "time", statistic = "median", select = { params = { size = 1 } } }
[[charts]]
id = "ecdf"
title = "Distribution"
kind = "ecdf"
metric = "time"
select = { variant = "rust" }
log-x = true
"#;

/// How samples stand in the journal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// As the harness writes them: columns.
    Columns,
    /// As format 1 had them: a record each.
    Records,
}

fn main() {
    common::header("analysis and report of generated runs (10 cells, 50 blocks)");
    let folder = tempfile::tempdir().expect("a folder for generated runs");
    let project = project(folder.path());
    println!(
        "harness report RUN, {TIMES} times each: fastest (slowest), and least CPU time; goal for 10 million: {:.0} s and {}",
        GOAL.as_secs_f64(),
        Unit::Byte.show(GOAL_MEMORY as f64)
    );
    println!(
        "{:<26}{:>10}{:>12}{:>12}{:>20}{:>10}{:>12}{:>12}",
        "journal", "samples", "journal", "table", "time", "CPU", "CPU/sample", "peak"
    );
    for (shape, name) in [
        (Shape::Columns, "as written (format 2)"),
        (Shape::Records, "a record each (format 1)"),
    ] {
        for samples in [1_000_000, 10_000_000] {
            let run = generate(&project, shape, samples);
            let mut all: Vec<Cost> = (0..TIMES).map(|_| report(&project, &run)).collect();
            all.sort();
            let fastest = all[0].wall;
            let cpu = all.iter().map(|c| c.cpu).min().unwrap_or_default();
            let peak = all.iter().map(|c| c.peak).max().unwrap_or(0);
            let size = |file: &str| fs::metadata(run.join(file)).unwrap().len() as f64;
            println!(
                "{name:<26}{samples:>10}{:>12}{:>12}{:>20}{:>10}{:>12}{:>12}{}",
                Unit::Byte.show(size("journal.jsonl")),
                Unit::Byte.show(size("samples.csv")),
                format!(
                    "{:.2} s ({:.2})",
                    fastest.as_secs_f64(),
                    all[TIMES - 1].wall.as_secs_f64()
                ),
                format!("{:.2} s", cpu.as_secs_f64()),
                format!("{:.0} ns", cpu.as_nanos() as f64 / f64::from(samples)),
                Unit::Byte.show(peak as f64),
                if samples == 10_000_000 && (fastest > GOAL || peak > GOAL_MEMORY) {
                    "  MISSED"
                } else {
                    ""
                }
            );
            fs::remove_dir_all(run).expect("the run is ours");
        }
    }
    println!();
    parts(&project);
}

/// The library's parts under Criterion.
fn parts(project: &Path) {
    let mut criterion = Criterion::default().configure_from_args();
    let experiment = load_text(
        &project.join("harness/experiments/generated.toml"),
        DEFINITION,
        &Sources {
            go_programs: project.join("go-programs"),
            rust_equivalents: project.join("rust-equivalents"),
        },
    )
    .expect("the definition is right");
    let experiments = [experiment];
    for samples in [100_000, 1_000_000] {
        let run = generate(project, Shape::Columns, samples);
        let dir = RunDir::open(&run).unwrap();
        let invocations = dir.journal().unwrap().invocations;
        let plan = expand_again(&[&experiments[0]], dir.run()).unwrap();
        let cells = plan.cells(&experiments[0].name);
        let mut group = criterion.benchmark_group("report");
        group.throughput(Throughput::Elements(u64::from(samples)));
        group.sample_size(10);
        group.bench_function(BenchmarkId::new("journal", samples), |b| {
            b.iter(|| dir.journal().unwrap());
        });
        group.bench_function(BenchmarkId::new("estimates and verdicts", samples), |b| {
            b.iter(|| analyse(&experiments[0], cells, &invocations));
        });
        let view = ReportView::build(Inputs {
            run: dir.run(),
            experiments: &experiments,
            invocations: &invocations,
            estimates: &[],
            verdicts: &[],
            controls: &[],
            stops: &[],
        });
        let table = run.join("samples.csv");
        group.bench_function(BenchmarkId::new("samples.csv", samples), |b| {
            b.iter(|| write_derived(&table, |out| SamplesCsv.write(&view, out)).unwrap());
        });
        group.finish();
    }
    criterion.final_summary();
}

fn analyse(experiment: &Experiment, cells: &[Cell], invocations: &[Invocation]) -> usize {
    let analyst = Analyst::new(experiment, cells, invocations);
    let fitness = Fitness {
        controls: Vec::new(),
        mismatches: Vec::new(),
    };
    judge_all(&analyst, &fitness).len() + analyst.all().len()
}

/// What a command cost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    wall: Duration,
    /// On all CPUs, to a hundredth of a second; on a shared machine it says more than the wall time.
    cpu: Duration,
    /// The most memory that it had, bytes.
    peak: u64,
}

/// CPU time of a process, from the 14th and 15th field of its `stat`, in hundredths of a second.
fn cpu_time(stat: &str) -> Option<Duration> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(10 * ticks))
}

/// Runs the command.
fn report(project: &Path, run: &Path) -> Cost {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["report", "--project"])
        .arg(project)
        .arg(run)
        .stdout(Stdio::null())
        .spawn()
        .expect("the command was built");
    let proc = PathBuf::from(format!("/proc/{}", child.id()));
    let (mut peak, mut cpu) = (0, Duration::ZERO);
    // It only rises: the last reading before the end is the peak, to within what a millisecond can add.
    let exit = loop {
        if let Some(exit) = child.try_wait().expect("it is our child") {
            break exit;
        }
        let text = fs::read_to_string(proc.join("status")).unwrap_or_default();
        let kib = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) * 1024);
        let stat = fs::read_to_string(proc.join("stat")).unwrap_or_default();
        cpu = cpu_time(&stat).unwrap_or(cpu).max(cpu);
        thread::sleep(Duration::from_millis(1));
    };
    assert!(exit.success(), "the report failed");
    Cost {
        wall: started.elapsed(),
        cpu,
        peak,
    }
}

/// A project with one definition.
fn project(folder: &Path) -> PathBuf {
    let root = folder.join("project");
    for (file, text) in [
        ("Cargo.toml", "[workspace]\n"),
        ("harness/experiments/generated.toml", DEFINITION),
        ("go-programs/go.mod", "module m\n"),
        ("rust-equivalents/src/bin/generated.rs", "fn main() {}\n"),
    ] {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// A run with this many samples, spread evenly over its invocations.
fn generate(project: &Path, shape: Shape, samples: u32) -> PathBuf {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(samples));
    let active = RunDir::create(&project.join("results/runs"), run_file()).unwrap();
    let run = active.dir().path().to_owned();
    drop(active);
    let mut journal = BufWriter::new(fs::File::create(run.join("journal.jsonl")).unwrap());
    let each = samples / (CELLS as u32 * BLOCKS);
    for block in 0..BLOCKS {
        for slot in 0..CELLS {
            let mut invocation = invocation(block, slot);
            let scale = 1.0 + 0.02 * rng.random::<f64>() + 0.1 * slot as f64;
            let records = (0..each)
                .map(|_| {
                    // Nanoseconds of 100 operations of half a microsecond, with a tail.
                    let tail = 1.0 - (1.0 - rng.random::<f64>()).ln() * 0.2;
                    Record::Sample(Sample {
                        metric: "time".into(),
                        unit: Unit::Nanosecond,
                        phase: Phase::Measure,
                        ops: 100,
                        value: (50_000.0 * scale * tail).round(),
                        at: None,
                    })
                })
                .collect();
            match shape {
                Shape::Columns => invocation.take_records(records),
                Shape::Records => {
                    invocation.records = records;
                    invocation.format = 1;
                }
            }
            serde_json::to_writer(&mut journal, &invocation).unwrap();
            journal.write_all(b"\n").unwrap();
        }
    }
    journal.flush().unwrap();
    run
}

fn invocation(block: u32, slot: usize) -> Invocation {
    Invocation {
        format: INVOCATION_FORMAT,
        id: InvocationId(format!("{:016x}", block as usize * CELLS + slot)),
        cell: CellKey {
            experiment: "generated".into(),
            variant: "rust".into(),
            toolchain: String::new(),
            case: "work".into(),
            params: BTreeMap::from([("size".into(), slot.to_string())]),
            copy: 0,
        },
        block,
        slot: slot as u32,
        attempt: 0,
        seed: 1,
        env_pad: 17,
        layout: 0,
        started: "2026-11-24T06:30:00Z".into(),
        wall_ns: 2_000_000_000,
        overhead_ns: 3_000_000,
        harness_cpu_ns: 1_000_000,
        end: RunEnd::Exited { code: 0 },
        probe: ProbeEnd::Complete,
        usage: Usage::default(),
        noise: NoiseDelta::default(),
        disturbed: None,
        records: Vec::new(),
        samples: Vec::new(),
        warnings: Vec::new(),
        stderr_tail: String::new(),
    }
}

fn run_file() -> RunFile {
    RunFile {
        format: RUN_FORMAT,
        id: "generated".into(),
        created: "2026-11-24T06:30:00Z".into(),
        harness: "0.1.0".into(),
        revision: None,
        command_line: vec!["harness".into(), "run".into()],
        profile: "standard".into(),
        seed: 1,
        budget_ns: None,
        overrides: BTreeMap::new(),
        experiments: vec!["generated".into()],
        only_claims: BTreeMap::new(),
        go_versions: Vec::new(),
        control: false,
        definitions: BTreeMap::new(),
        host: HostFacts::default(),
        builds: Vec::new(),
        missing: Vec::new(),
    }
}

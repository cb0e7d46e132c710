//! Whether the harness raises fewer false alarms than its peers and sees as much: `cargo bench --bench peers`.
//!
//! Ours, hyperfine, criterion and `go test -bench` with benchstat compare the same bodies, once with themselves and
//! once with a slow-down that is exact by construction, each within the same wall-clock time. Comparisons of all tools
//! are mixed in a seeded random order. Every one is a line of a raw file, which an interrupted proof goes on with
//! (`--resume`) and of which the tables are made (`--summary`).
//!
//! What a peer computes after its measuring (criterion's bootstrap, benchstat) is not charged to its budget; what
//! starting processes costs is charged to ours.

#![cfg_attr(
    test,
    allow(
        dead_code,
        unused_imports,
        reason = "Cargo sets `test` for this benchmark but collects no tests of it: `tests/peers.rs` runs them"
    )
)]

mod child;
mod criterion;
mod gobench;
mod hyperfine;
mod judge;
mod ours;
mod plan;
mod raw;
mod summary;
mod tools;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use harness::exec::Cancel;
use harness::host::read_facts;
use harness::toolchain::Project;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use child::Children;
use plan::{Comparison, Counts, Tool, work_name};
use raw::{Ending, FORMAT, Found, Outcome, Raw, Setup, Writer};
use tools::Programs;

/// Beyond the budget: a tool's own analysis, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Compares the harness with its peers: false alarms and power, at equal wall-clock time.
#[derive(Debug, Parser)]
#[command(name = "peers", bin_name = "cargo bench --bench peers --")]
struct Args {
    /// A/A comparisons of each tool.
    #[arg(long, default_value_t = 60)]
    comparisons: u32,
    /// Comparisons of each tool at each of +2, +5 and +10 %.
    #[arg(long, default_value_t = 20)]
    power: u32,
    /// Wall-clock time of a comparison, both sides together.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_budget)]
    budget: Duration,
    /// Only this tool (repeat for several).
    #[arg(long, value_name = "TOOL")]
    only: Vec<Tool>,
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Raw file, relative to the project; the tables go beside it as .txt.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "results/proofs/peers.jsonl"
    )]
    out: PathBuf,
    /// Go on with the raw file.
    #[arg(long)]
    resume: bool,
    /// Measure nothing: only make the tables of the raw file.
    #[arg(long)]
    summary: bool,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn parse_budget(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time (write e.g. `4s`)");
    let signed: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    let budget = Duration::try_from(signed).map_err(|_| wrong())?;
    Some(budget).filter(|b| !b.is_zero()).ok_or_else(wrong)
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // `cargo test --all-targets` starts benchmarks too, without this.
    if !args.bench {
        eprintln!("peers: nothing to test; the proof is `cargo bench --bench peers`");
        return Ok(());
    }
    let project = Project::find(&std::env::current_dir()?)?;
    let out = project.root().join(&args.out);
    if !args.summary {
        measure(&args, &project, &out)?;
    }
    let raw = judged_again(Raw::read(&out)?).map_err(anyhow::Error::msg)?;
    let tables = summary::report(&raw);
    let beside = out.with_extension("txt");
    fs::write(&beside, &tables).with_context(|| format!("cannot write {}", beside.display()))?;
    print!("{tables}");
    Ok(())
}

/// What ours decides follows from the times that were recorded, by the rule of this version.
fn judged_again(mut raw: Raw) -> Result<Raw, String> {
    for outcome in &mut raw.outcomes {
        let Ending::Found(found) = &mut outcome.ending else {
            continue;
        };
        if outcome.comparison.tool == Tool::Harness {
            let (a, b) = (found.a.clone(), found.b.clone());
            *found = ours::judge(a, b, Duration::from_secs_f64(outcome.seconds))?;
        }
    }
    Ok(raw)
}

fn measure(args: &Args, project: &Project, out: &Path) -> anyhow::Result<()> {
    ensure!(
        args.resume || !out.exists(),
        "{} is there already (go on with it by --resume, or name another by --out)",
        out.display()
    );
    let tools = if args.only.is_empty() {
        Tool::ALL.to_vec()
    } else {
        args.only.clone()
    };
    let scratch = tempfile::tempdir()?;
    let programs = Programs::obtain(project, &tools, scratch.path())?;
    let cancel = Cancel::new();
    cancel_on_signals(&cancel)?;
    let mut children = Children::new(scratch.path(), args.budget + PATIENCE, cancel);

    let mut setup = Setup {
        format: FORMAT,
        started: now(),
        seed: args.seed,
        budget_s: args.budget.as_secs_f64(),
        host: read_facts(),
        versions: programs.versions.clone(),
        skipped: programs.skipped(),
        works: BTreeMap::new(),
    };
    let mut calibrate = || {
        programs
            .calibrate(&mut children)
            .map_err(anyhow::Error::msg)
    };
    let (mut writer, made) = if args.resume && out.exists() {
        let raw = Raw::read(out)?;
        let before = raw.last_setup();
        setup.ensure_goes_on(before)?;
        let mut writer = Writer::resume(out)?;
        if setup.host.fingerprint() == before.host.fingerprint() {
            setup = before.clone();
        } else {
            setup.works = calibrate()?;
            writer.setup(&setup)?;
        }
        (writer, raw.ids())
    } else {
        setup.works = calibrate()?;
        (Writer::create(out, &setup)?, Default::default())
    };
    let counts = Counts {
        null: args.comparisons,
        slowed: args.power,
    };
    let able: Vec<Tool> = tools
        .into_iter()
        .filter(|tool| !setup.skipped.contains_key(tool))
        .collect();
    let planned = plan::plan(setup.seed, &able, counts);
    let lab = Lab {
        programs: &programs,
        setup: &setup,
        budget: args.budget,
    };
    for (number, comparison) in (1..).zip(&planned) {
        if made.contains(&comparison.id()) {
            continue;
        }
        let outcome = lab.run(&mut children, comparison);
        if children.is_cancelled() {
            anyhow::bail!("stopped before comparison {number} (go on by --resume)");
        }
        eprintln!(
            "{number}/{} {} {:.1} s: {}",
            planned.len(),
            comparison.id(),
            outcome.seconds,
            told(&outcome)
        );
        writer.append(outcome)?;
    }
    Ok(())
}

fn told(outcome: &Outcome) -> &str {
    match &outcome.ending {
        Ending::Found(found) => &found.says,
        Ending::Failed(error) => error,
    }
}

/// What all comparisons share.
struct Lab<'a> {
    programs: &'a Programs,
    setup: &'a Setup,
    budget: Duration,
}

impl Lab<'_> {
    fn run(&self, children: &mut Children, comparison: &Comparison) -> Outcome {
        let started = now();
        let begun = Instant::now();
        let ending = match self.ask(children, comparison) {
            Ok(found) => Ending::Found(rounded(found)),
            Err(error) => Ending::Failed(error),
        };
        Outcome {
            comparison: comparison.clone(),
            started,
            seconds: (begun.elapsed().as_secs_f64() * 1e3).round() / 1e3,
            ending,
        }
    }

    fn ask(&self, children: &mut Children, comparison: &Comparison) -> Result<Found, String> {
        let name = work_name(comparison.language, &comparison.body);
        let work = self.setup.works.get(&name).copied();
        let work = work.ok_or_else(|| format!("{name} was not calibrated"))?;
        let (programs, budget) = (self.programs, self.budget);
        match comparison.tool {
            Tool::Harness => ours::compare(
                children,
                programs,
                work,
                self.setup.seed,
                comparison,
                budget,
            ),
            Tool::Hyperfine => hyperfine::compare(children, programs, work, comparison, budget),
            Tool::Criterion => criterion::compare(children, programs, comparison, budget),
            Tool::GoBench => gobench::compare(children, programs, comparison, budget),
        }
    }
}

/// Single values to a tenth of a nanosecond: finer than any clock, and half as long in the file.
fn rounded(mut found: Found) -> Found {
    for value in found.a.iter_mut().chain(&mut found.b) {
        *value = (*value * 10.0).round() / 10.0;
    }
    found
}

fn cancel_on_signals(cancel: &Cancel) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot listen for Ctrl-C")?;
    let cancel = cancel.clone();
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            cancel.cancel();
        }
    });
    Ok(())
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

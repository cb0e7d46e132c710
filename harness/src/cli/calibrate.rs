//! `harness calibrate`: do our probes time the same as the tools that people trust?

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;

use super::args::CalibrateArgs;
use super::context::Context;
use super::exit::Exit;
use super::prepare::Chosen;
use super::run::{base_env, fresh_seed};
use crate::calibrate::{
    Bench, CALIBRATION_FORMAT, CRITERION_EXAMPLE, Calibration, Machine, Operation, PROGRAM,
    Process, Programs, Ratio, Tool, Word, compare, measure,
};
use crate::engine::Interrupt;
use crate::exec::{SystemClock, UnixExecutor};
use crate::host::{NoiseProbe, read_facts};
use crate::record::BuildReceipt;
use crate::spec::{Language, Variant};
use crate::stats::quantile::median;
use crate::store;
use crate::toolchain::{Builder, Cache, GoToolchain};
use crate::units::Unit;

/// Blocks by default: about a minute and a half.
const BLOCKS: u32 = 20;

/// Blocks with `--quick`.
const QUICK_BLOCKS: u32 = 6;

/// Name of the file.
const FILE: &str = "calibration.json";

/// Builds, measures, compares.
pub fn calibrate(context: &Context, args: CalibrateArgs) -> anyhow::Result<Exit> {
    let cache = Cache::from_env()?;
    let chosen = Chosen::from_requests(args.go.as_slice(), &cache);
    let toolchains = chosen.obtain(&cache, &|line| context.tell(line));
    let Some(go) = toolchains.go.values().next() else {
        anyhow::bail!("no Go to calibrate with: {}", toolchains.missing.join("; "));
    };
    let builder = Builder::new(context.project.clone(), cache);
    let (programs, builds) = match build(context, &builder, go) {
        Ok(built) => built,
        Err(error) => {
            context.warn(&format!("{error:#}"));
            return Ok(Exit::BuildFailed);
        }
    };
    let blocks = args
        .blocks
        .unwrap_or(if args.quick { QUICK_BLOCKS } else { BLOCKS });
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let root = args.out.unwrap_or_else(|| context.runs());
    fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
    let created = jiff::Timestamp::now();
    let mut id = store::run_id(created, &[PROGRAM.to_owned()], false, seed);
    let folder = store::create_unique(&root, &mut id)?;

    let interrupt = Interrupt::default();
    super::signals::listen(&interrupt, context)?;
    let host = read_facts();
    let processes = carry_out(context, &programs, host.cpus, (blocks, seed), &interrupt)?;
    let machine = Machine {
        arch: host.arch.clone(),
        is_virtual: host.hypervisor.is_some(),
    };
    let calibration = Calibration {
        format: CALIBRATION_FORMAT,
        id,
        created: created.to_string(),
        harness: env!("CARGO_PKG_VERSION").to_owned(),
        revision: context.revision(),
        command_line: super::command_line(),
        seed,
        blocks,
        rows: compare(&processes, &machine),
        host,
        builds,
        processes,
    };
    let file = folder.join(FILE);
    let mut json = serde_json::to_vec_pretty(&calibration).context("cannot encode the figures")?;
    json.push(b'\n');
    store::write_atomic(&file, &json)?;
    context.print(&show(context, &calibration, &file))?;
    Ok(if interrupt.is_asked() {
        Exit::Interrupted
    } else {
        exit(&calibration, args.strict)
    })
}

/// The four programs.
fn build(
    context: &Context,
    builder: &Builder,
    go: &GoToolchain,
) -> anyhow::Result<(Programs, Vec<BuildReceipt>)> {
    let mut programs = Programs::new();
    let mut receipts = Vec::new();
    for tool in Tool::ALL {
        let program = match tool {
            Tool::Criterion => CRITERION_EXAMPLE,
            _ => PROGRAM,
        };
        let variant = Variant {
            name: tool.name().to_owned(),
            language: if tool.is_go() {
                Language::Go
            } else {
                Language::Rust
            },
            program: program.to_owned(),
            build_flags: Vec::new(),
            args: Vec::new(),
            env: BTreeMap::new(),
            go_min: None,
        };
        let built = match tool {
            Tool::GoProbe | Tool::RustProbe => builder.build(PROGRAM, &variant, Some(go)),
            Tool::GoBench | Tool::Criterion => {
                builder.build_benchmarks(PROGRAM, &variant, Some(go))
            }
        }?;
        if !built.cached {
            context.tell(&format!(
                "built {} with {}",
                tool.name(),
                built.receipt.toolchain
            ));
        }
        programs.extend(
            built
                .layouts
                .into_iter()
                .next()
                .map(|binary| (tool, binary)),
        );
        receipts.push(built.receipt);
    }
    Ok((programs, receipts))
}

fn carry_out(
    context: &Context,
    programs: &Programs,
    cpus: u32,
    (blocks, seed): (u32, u64),
    interrupt: &Interrupt,
) -> anyhow::Result<Vec<Process>> {
    let scratch = tempfile::tempdir().context("cannot create a folder for criterion's files")?;
    let clock = SystemClock::start();
    let mut processes: Vec<Process> = Vec::new();
    let mut bench = Bench {
        executor: &mut UnixExecutor::new(),
        clock: &clock,
        noise: Some(&NoiseProbe::open()),
        cpus,
        programs,
        base_env: &base_env(),
        scratch: scratch.path(),
        seed,
        interrupt,
    };
    measure(&mut bench, blocks, &mut |process| {
        if processes
            .last()
            .is_none_or(|last| last.block != process.block)
        {
            context.tell(&format!("block {} of {blocks}", process.block + 1));
        }
        if let Some(failure) = &process.failure {
            let (tool, operation) = (process.tool.name(), process.operation.name());
            context.warn(&format!("{tool}, {operation}: {failure}"));
        }
        processes.push(process);
    });
    Ok(processes)
}

fn exit(calibration: &Calibration, strict: bool) -> Exit {
    let has = |word| calibration.rows.iter().any(|row| row.word == word);
    if calibration.processes.iter().any(|p| p.figures.is_none()) {
        Exit::InvocationsFailed
    } else if has(Word::Disagrees) {
        Exit::Unfit
    } else if strict && has(Word::Undecided) {
        Exit::Inconclusive
    } else {
        Exit::Fine
    }
}

/// The table, and what the figures are figures of.
fn show(context: &Context, calibration: &Calibration, file: &Path) -> String {
    let mut table = context.table(["comparison", "ratio, 95 %", "must be", "blocks", "result"]);
    for row in &calibration.rows {
        table.add_row([
            row.subject.clone(),
            row.ratio.map_or_else(|| "none".to_owned(), interval),
            format!("{:.2} to {:.2}", row.range.0, row.range.1),
            row.blocks.to_string(),
            context.paint(style(row.word), &row.word.to_string()),
        ]);
    }
    let mut text = format!("{}\n\n", table.trim_fmt());
    for row in &calibration.rows {
        if let Some(note) = &row.note {
            // Writing to a String can't fail.
            let _ = writeln!(text, "{}: {}, {note}", row.subject, row.word);
        }
    }
    for tool in [Tool::GoProbe, Tool::RustProbe] {
        if let Some(line) = clock(calibration, tool) {
            let _ = writeln!(text, "{line}");
        }
    }
    let disturbed = calibration
        .processes
        .iter()
        .filter(|p| p.disturbed.is_some());
    let _ = writeln!(
        text,
        "{} of {} processes were disturbed by others on this machine",
        disturbed.count(),
        calibration.processes.len()
    );
    let mut compilers: Vec<&str> = calibration
        .builds
        .iter()
        .map(|build| build.toolchain.as_str())
        .collect();
    compilers.dedup();
    let _ = writeln!(
        text,
        "{}, {} CPUs; {}; seed {}\n{}",
        calibration.host.cpu_model,
        calibration.host.cpus,
        compilers.join(", "),
        calibration.seed,
        file.display()
    );
    text
}

fn interval(ratio: Ratio) -> String {
    format!("{:.3} ({:.3} to {:.3})", ratio.center, ratio.lo, ratio.hi)
}

/// What clock a core must have if an addition takes one cycle, and what the system states.
fn clock(calibration: &Calibration, tool: Tool) -> Option<String> {
    let adds = || {
        let of = calibration.processes.iter();
        of.filter(|p| (p.tool, p.operation) == (tool, Operation::Adds))
    };
    let each: Vec<f64> = adds().filter_map(|p| p.figures?.fastest_ns).collect();
    let stated: Vec<f64> = adds().filter_map(|p| p.stated_mhz).collect();
    let each = median(&each)?;
    let stated = median(&stated).map_or_else(
        || "the system states no clock".to_owned(),
        |mhz| format!("the system states {mhz:.0} MHz"),
    );
    Some(format!(
        "{}: an add takes {}, one cycle at {:.0} MHz; {stated}",
        tool.name(),
        Unit::Nanosecond.show(each),
        1e3 / each
    ))
}

fn style(word: Word) -> Style {
    let color = match word {
        Word::Agrees => AnsiColor::Green,
        Word::Disagrees => AnsiColor::Red,
        Word::Undecided | Word::NotKnown => AnsiColor::Yellow,
    };
    Style::new().fg_color(Some(color.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::{Figures, Raw, Row};
    use crate::record::{HostFacts, NoiseDelta, RunEnd};

    fn calibration(words: &[Word], figures: Option<Figures>) -> Calibration {
        Calibration {
            format: CALIBRATION_FORMAT,
            id: "x".to_owned(),
            created: String::new(),
            harness: String::new(),
            revision: None,
            command_line: Vec::new(),
            seed: 1,
            blocks: 1,
            host: HostFacts::default(),
            builds: Vec::new(),
            rows: words
                .iter()
                .map(|word| Row {
                    subject: "adds".to_owned(),
                    ratio: None,
                    range: (0.9, 1.1),
                    blocks: 1,
                    word: *word,
                    note: None,
                })
                .collect(),
            processes: vec![Process {
                block: 0,
                slot: 0,
                tool: Tool::GoProbe,
                operation: Operation::Adds,
                started: String::new(),
                wall_ns: 0,
                end: RunEnd::Exited { code: 0 },
                noise: NoiseDelta::default(),
                disturbed: None,
                stated_mhz: Some(2445.4),
                figures,
                failure: None,
                check: None,
                raw: Raw::Nothing,
            }],
        }
    }

    #[test]
    fn a_disagreement_is_visible_to_a_script() {
        let code = |words: &[Word], strict| {
            exit(&calibration(words, Some(Figures::default())), strict).code()
        };
        let words = [Word::Agrees, Word::NotKnown];
        assert_eq!(code(&words, true), 0);
        let words = [Word::Agrees, Word::Undecided];
        assert_eq!((code(&words, false), code(&words, true)), (0, 3));
        let words = [Word::Undecided, Word::Disagrees];
        assert_eq!((code(&words, false), code(&words, true)), (4, 4));
        assert_eq!(exit(&calibration(&words, None), false).code(), 5);
    }

    #[test]
    fn the_clock_of_one_cycle_stands_beside_the_stated_one() {
        let figures = Figures {
            mean_ns: 0.4,
            fastest_ns: Some(0.25),
            ..Figures::default()
        };
        assert_eq!(
            clock(&calibration(&[], Some(figures)), Tool::GoProbe).unwrap(),
            "Go probe: an add takes 0.25 ns, one cycle at 4000 MHz; the system states 2445 MHz"
        );
        assert_eq!(clock(&calibration(&[], None), Tool::GoProbe), None);
    }

    #[test]
    fn the_file_can_be_read_again() {
        let written = calibration(&[Word::Agrees], Some(Figures::default()));
        let text = serde_json::to_string(&written).unwrap();
        let read: Calibration = serde_json::from_str(&text).unwrap();
        assert_eq!(read, written);
    }
}

//! The processes of a calibration.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::figures::{of_criterion, of_go_bench, of_probe};
use super::{Figures, Operation, PROGRAM, Process, Raw, Tool};
use crate::engine::Interrupt;
use crate::exec::{Clock, CommandSpec, Executor, Flow, Limits, PAD_VARIABLE};
use crate::host::{NoiseLimits, NoiseProbe, stated_mhz};
use crate::plan::order;
use crate::probe::Parser;
use crate::record::{InvocationId, NoiseDelta, ProbeEnd, Record, RunEnd};

/// A process takes well below a second.
const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(30),
    grace: Duration::from_secs(2),
    max_output: 1024 * 1024,
    max_line: 64 * 1024,
};

/// Threads of Go that run at a time: enough for a channel's two ends, and the same on every machine.
const GOMAXPROCS: &str = "2";

/// About as long as the probe takes for its batches.
const GO_BENCH_TIME: &str = "150ms";

/// As short as criterion may be; the fewest resamples that it takes without a warning, because the intervals are made
/// here, from processes.
const CRITERION_ARGS: [&str; 6] = [
    "--bench",
    "--noplot",
    "--sample-size=10",
    "--warm-up-time=0.1",
    "--measurement-time=0.2",
    "--nresamples=1001",
];

/// Binaries by tool.
pub type Programs = BTreeMap<Tool, PathBuf>;

/// What is needed to start the processes.
pub struct Bench<'a> {
    /// Runs children.
    pub executor: &'a mut dyn Executor,
    /// The time of day.
    pub clock: &'a dyn Clock,
    /// The machine's noise; `None` records none.
    pub noise: Option<&'a NoiseProbe>,
    /// CPUs of the machine.
    pub cpus: u32,
    /// One binary for each tool.
    pub programs: &'a Programs,
    /// Environment that every child gets.
    pub base_env: &'a BTreeMap<String, String>,
    /// Folder in which children start, and in which criterion gets one for its files.
    pub scratch: &'a Path,
    /// The order follows from it.
    pub seed: u64,
    /// Wishes to stop.
    pub interrupt: &'a Interrupt,
}

/// Runs each tool on each operation once a block, in an order drawn anew for each block, and hands over each process.
///
/// It does not fail: what goes wrong stands in the process. An interrupt ends it after the process in flight.
pub fn measure(bench: &mut Bench<'_>, blocks: u32, on_process: &mut dyn FnMut(Process)) {
    let cells: Vec<(Tool, Operation)> = Tool::ALL
        .into_iter()
        .flat_map(|tool| Operation::ALL.map(|operation| (tool, operation)))
        .collect();
    for block in 0..blocks {
        let order = order::block_order(bench.seed, PROGRAM, block, cells.len());
        for (slot, cell) in (0..).zip(order) {
            if bench.interrupt.is_asked() {
                return;
            }
            let (tool, operation) = cells[cell];
            on_process(bench.process(block, slot, tool, operation));
        }
    }
}

impl Bench<'_> {
    fn process(&mut self, block: u32, slot: u32, tool: Tool, operation: Operation) -> Process {
        let started = self.clock.timestamp().to_string();
        let home = self.scratch.join(format!("{}-{block}", operation.name()));
        let mut process = Process {
            block,
            slot,
            tool,
            operation,
            started,
            wall_ns: 0,
            end: RunEnd::Exited { code: 0 },
            noise: NoiseDelta::default(),
            disturbed: None,
            stated_mhz: None,
            figures: None,
            failure: None,
            check: None,
            raw: Raw::Nothing,
        };
        let Some(command) = self.command(tool, operation, block, &home) else {
            process.failure = Some(format!("{} was not built", tool.name()));
            return process;
        };
        let mut parser = Parser::new(PROGRAM);
        let mut lines: Vec<String> = Vec::new();
        let before = self.noise.map(NoiseProbe::before);
        let is_probe = matches!(tool, Tool::GoProbe | Tool::RustProbe);
        let finished = self
            .executor
            .run(&command, &LIMITS, &self.interrupt.cancel, &mut |line| {
                if is_probe {
                    parser.push(line.bytes, line.end).into()
                } else {
                    lines.push(String::from_utf8_lossy(line.bytes).into_owned());
                    Flow::Continue
                }
            });
        process.stated_mhz = stated_mhz();
        process.wall_ns = finished.wall_ns;
        if let Some(before) = before {
            let wall = Duration::from_nanos(finished.wall_ns);
            let child_cpu = finished.usage.user_ns + finished.usage.system_ns;
            process.noise = before.after(child_cpu, finished.harness_cpu_ns, wall);
            process.disturbed = NoiseLimits::for_invocation(wall, self.cpus).judge(&process.noise);
        }
        process.end = finished.end;
        let figures = if process.end == (RunEnd::Exited { code: 0 }) {
            process.read(parser, lines, &home)
        } else {
            let tail = finished.stderr_tail.trim_end();
            Err(format!("it ended with {:?}: {tail}", process.end))
        };
        match figures {
            Ok(figures) => process.figures = Some(figures),
            Err(failure) => process.failure = Some(failure),
        }
        process
    }

    fn command(
        &self,
        tool: Tool,
        operation: Operation,
        block: u32,
        home: &Path,
    ) -> Option<CommandSpec> {
        let mut env = self.base_env.clone();
        // The size of the environment moves the stack; here it moves that of both sides.
        let id = format!("{}/{block}/{tool:?}/{}", self.seed, operation.name());
        let pad = order::env_pad(&InvocationId(id));
        env.insert(PAD_VARIABLE.to_owned(), "x".repeat(pad as usize));
        if tool.is_go() {
            env.insert("GOMAXPROCS".to_owned(), GOMAXPROCS.to_owned());
        }
        let args = match tool {
            Tool::GoProbe | Tool::RustProbe => vec![format!("--case={}", operation.name())],
            Tool::GoBench => vec![
                format!("-test.bench=^{}$", operation.benchmark()),
                format!("-test.benchtime={GO_BENCH_TIME}"),
                "-test.count=1".to_owned(),
                "-test.run=^$".to_owned(),
            ],
            Tool::Criterion => {
                env.insert(
                    "CRITERION_HOME".to_owned(),
                    home.to_string_lossy().into_owned(),
                );
                CRITERION_ARGS
                    .map(str::to_owned)
                    .into_iter()
                    .chain([format!("^{}/", operation.name())])
                    .collect()
            }
        };
        Some(CommandSpec {
            program: self.programs.get(&tool)?.clone(),
            args,
            env,
            cwd: self.scratch.to_owned(),
            hold: false,
        })
    }
}

impl Process {
    /// Keeps what the tool said, and reads it.
    fn read(&mut self, parser: Parser, lines: Vec<String>, home: &Path) -> Result<Figures, String> {
        match self.tool {
            Tool::GoProbe | Tool::RustProbe => {
                let parsed = parser.finish();
                self.check = parsed.records.iter().find_map(|record| match record {
                    Record::Check { value } => Some(value.clone()),
                    _ => None,
                });
                let figures = if parsed.end == ProbeEnd::Complete {
                    of_probe(&parsed.records, self.operation)
                } else {
                    Err(format!("its output is not whole: {:?}", parsed.end))
                };
                self.raw = Raw::Probe {
                    records: parsed.records,
                };
                figures
            }
            Tool::GoBench => {
                let figures = of_go_bench(&lines, self.operation.benchmark());
                self.raw = Raw::GoBench { lines };
                figures
            }
            Tool::Criterion => {
                let files = CriterionFiles::read(&home.join(self.operation.name()))?;
                let figures = of_criterion(&files.estimates, files.ops);
                self.raw = Raw::Criterion {
                    ops: files.ops,
                    estimates: files.estimates,
                    sample: files.sample,
                };
                figures
            }
        }
    }
}

/// What criterion left of a group with one benchmark: `<group>/<operations>/new/*.json`.
struct CriterionFiles {
    ops: u64,
    estimates: Value,
    sample: Value,
}

impl CriterionFiles {
    fn read(group: &Path) -> Result<CriterionFiles, String> {
        let fail = |what: &dyn std::fmt::Display| format!("{}: {what}", group.display());
        let (ops, folder) = fs::read_dir(group)
            .map_err(|error| fail(&error))?
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let ops = entry.file_name().to_str()?.parse::<u64>().ok()?;
                Some((ops, entry.path().join("new")))
            })
            .next()
            .ok_or_else(|| fail(&"no benchmark is named by a number of operations"))?;
        let json = |name: &str| -> Result<Value, String> {
            let bytes = fs::read(folder.join(name)).map_err(|error| fail(&error))?;
            serde_json::from_slice(&bytes).map_err(|error| fail(&error))
        };
        Ok(CriterionFiles {
            ops,
            estimates: json("estimates.json")?,
            sample: json("sample.json")?,
        })
    }
}

#[cfg(test)]
mod tests;

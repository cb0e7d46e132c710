//! One invocation: command, child, records, noise.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Engine, Event, LookUpError};
use crate::exec::{CommandSpec, HOLD_VARIABLE, Limits, PAD_VARIABLE};
use crate::host::NoiseLimits;
use crate::plan::{Cell, CellKind, ExperimentPlan, order};
use crate::probe::Parser;
use crate::record::{
    INVOCATION_FORMAT, Invocation, InvocationId, NoiseDelta, ProbeEnd, Record, RunEnd, Usage,
};
use crate::units::Unit;

/// Time from SIGTERM to SIGKILL.
const GRACE: Duration = Duration::from_secs(2);

/// Output of one invocation. A histogram line is a few KiB, ten thousand samples are 1 MiB.
const MAX_OUTPUT: u64 = 64 * 1024 * 1024;

/// Length of one line.
const MAX_LINE: usize = 4 * 1024 * 1024;

/// What is to be invoked.
pub(super) struct Wish<'a> {
    pub(super) cell: &'a Cell,
    pub(super) id: InvocationId,
    pub(super) block: u32,
    pub(super) slot: u32,
    pub(super) attempt: u32,
}

impl Engine<'_> {
    /// Runs the child once. The error is a file or folder that vanished under the run.
    pub(super) fn invoke(
        &mut self,
        wish: &Wish<'_>,
        plan: &ExperimentPlan,
    ) -> Result<Invocation, PathBuf> {
        let begun = Instant::now();
        let cell = wish.cell;
        let seed = order::program_seed(self.seed, &plan.name, wish.block);
        let env_pad = order::env_pad(&wish.id);
        let mut invocation = self.blank(wish, seed, env_pad);
        invocation.layout = self.layout(cell, wish.block);
        let (command, expected) = match self.command(cell, seed, env_pad, invocation.layout) {
            Ok(found) => found,
            Err(error) => {
                invocation.end = RunEnd::StartFailed { error };
                return Ok(invocation);
            }
        };
        (self.listener)(Event::Starting {
            cell,
            command: &command.shell_line(),
        });
        let limits = Limits {
            timeout: Duration::from_nanos(cell.timeout_ns),
            grace: GRACE,
            max_output: MAX_OUTPUT,
            max_line: MAX_LINE,
        };
        let mut parser = Parser::new(&expected);
        let before = self.noise.map(|noise| noise.before());
        let finished = self
            .executor
            .run(&command, &limits, &self.interrupt.cancel, &mut |line| {
                parser.push(line.bytes, line.end).into()
            });
        if let RunEnd::StartFailed { .. } = finished.end
            && let Some(gone) = [&command.program, &command.cwd]
                .into_iter()
                .find(|path| is_gone(path))
        {
            return Err(gone.clone());
        }
        let wall = Duration::from_nanos(finished.wall_ns);
        if let Some(before) = before {
            let child_cpu = finished.usage.user_ns + finished.usage.system_ns;
            invocation.noise = before.after(child_cpu, finished.harness_cpu_ns, wall);
            invocation.disturbed =
                NoiseLimits::for_invocation(wall, self.cpus).judge(&invocation.noise);
        }
        let parsed = parser.finish();
        invocation.probe = undeclared(&cell.metrics, &parsed.records).unwrap_or(parsed.end);
        invocation.take_records(parsed.records);
        invocation.warnings = parsed.warnings;
        invocation.end = finished.end;
        invocation.usage = finished.usage;
        invocation.wall_ns = finished.wall_ns;
        invocation.harness_cpu_ns = finished.harness_cpu_ns;
        if finished.left_open {
            invocation
                .warnings
                .push("a process that left the group still held stdout or stderr".to_owned());
        }
        if !invocation.is_usable() {
            invocation.stderr_tail = finished.stderr_tail;
        }
        let whole = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        invocation.overhead_ns = whole.saturating_sub(finished.wall_ns);
        Ok(invocation)
    }

    /// Looks a source up, or asks a tool. The error is a file or folder that vanished under the run.
    pub(super) fn look_up(
        &self,
        cell: &Cell,
        id: InvocationId,
        block: u32,
        slot: u32,
    ) -> Result<Invocation, PathBuf> {
        let mut invocation = self.blank(
            &Wish {
                cell,
                id,
                block,
                slot,
                attempt: 0,
            },
            0,
            0,
        );
        let begun = Instant::now();
        match (self.look_up)(cell) {
            Ok(found) => {
                invocation.take_records(found.records);
                invocation.stderr_tail = found.said;
            }
            Err(LookUpError::Cancelled) => invocation.end = RunEnd::Cancelled,
            Err(LookUpError::Failed(error)) => invocation.end = RunEnd::StartFailed { error },
            Err(LookUpError::Vanished(path)) => return Err(path),
        }
        invocation.wall_ns = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Ok(invocation)
    }

    fn blank(&self, wish: &Wish<'_>, seed: u64, env_pad: u32) -> Invocation {
        Invocation {
            format: INVOCATION_FORMAT,
            id: wish.id.clone(),
            cell: wish.cell.key.clone(),
            block: wish.block,
            slot: wish.slot,
            attempt: wish.attempt,
            seed,
            env_pad,
            layout: 0,
            started: self.clock.timestamp().to_string(),
            wall_ns: 0,
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
        }
    }

    /// In turn over the blocks, so that each counts about as often, and all cells of a block have the same.
    fn layout(&self, cell: &Cell, block: u32) -> u32 {
        let key = (cell.key.variant.clone(), cell.key.toolchain.clone());
        let layouts = self.programs.get(&key).map_or(1, Vec::len).max(1);
        block % u32::try_from(layouts).unwrap_or(1)
    }

    fn command(
        &self,
        cell: &Cell,
        seed: u64,
        env_pad: u32,
        layout: u32,
    ) -> Result<(CommandSpec, String), String> {
        let key = &cell.key;
        let CellKind::Program { args, env, program } = &cell.kind else {
            return Err("a source probe is no program".to_owned());
        };
        let binary = self
            .programs
            .get(&(key.variant.clone(), key.toolchain.clone()))
            .and_then(|layouts| layouts.get(layout as usize))
            .ok_or_else(|| format!("`{}` was not built", key.variant))?;
        let mut args = args.clone();
        args.push(format!("--seed={seed}"));
        let mut whole: BTreeMap<String, String> = self.base_env.clone();
        whole.extend(env.clone());
        whole.insert(HOLD_VARIABLE.to_owned(), "1".to_owned());
        whole.insert(PAD_VARIABLE.to_owned(), "x".repeat(env_pad as usize));
        let command = CommandSpec {
            program: binary.clone(),
            args,
            env: whole,
            cwd: self.cwd.clone(),
            hold: true,
        };
        Ok((command, program.clone()))
    }
}

/// Whether there is surely nothing at `path`; what can't be looked at may be there.
fn is_gone(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

/// A metric that the definition does not have, or that has another unit there: the program and the definition have
/// drifted apart, and no figure may come of it.
fn undeclared(metrics: &BTreeMap<String, Unit>, records: &[Record]) -> Option<ProbeEnd> {
    records.iter().enumerate().find_map(|(i, record)| {
        let (name, unit) = match record {
            Record::Sample(s) => (&s.metric, s.unit),
            Record::Hist(h) => (&h.metric, h.unit),
            Record::Value(v) => (&v.metric, v.unit),
            _ => return None,
        };
        let error = match metrics.get(name) {
            Some(declared) if *declared == unit => return None,
            Some(declared) => {
                format!("metric `{name}` is declared in {declared}, printed in {unit}")
            }
            None => format!("metric `{name}` is not declared in the experiment's definition"),
        };
        // `hello` is the first line and not among the records.
        Some(ProbeEnd::Garbage {
            line: i as u64 + 2,
            error,
        })
    })
}

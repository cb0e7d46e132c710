//! From records to words.

use std::collections::BTreeSet;

use super::Inputs;
use super::experiment::experiment;
use super::view::*;
use super::words;
use crate::chart::words::release_order;
use crate::record::{CellKey, ControlKind, HostFacts, Invocation, Verdict, VerdictKind};
use crate::units::Unit;

impl<'a> ReportView<'a> {
    /// Words for everything in `inputs`.
    pub fn build(inputs: Inputs<'a>) -> ReportView<'a> {
        let run = inputs.run;
        let experiments: Vec<ExperimentView> = inputs
            .experiments
            .iter()
            .map(|e| experiment(inputs, e))
            .collect();
        let mut files: Vec<String> = [
            "report.md",
            "estimates.csv",
            "invocations.csv",
            "samples.csv",
            "verdicts.json",
        ]
        .map(String::from)
        .to_vec();
        files.extend(
            experiments
                .iter()
                .flat_map(|e| &e.charts)
                .map(|c| c.file.clone()),
        );
        let counts: Vec<Count> = words::KINDS
            .into_iter()
            .map(|kind| Count {
                word: kind.word(),
                count: inputs.verdicts.iter().filter(|v| v.kind == kind).count(),
            })
            .filter(|c| c.count > 0)
            .collect();
        let each: Vec<String> = counts
            .iter()
            .map(|c| format!("{} {}", c.count, c.word))
            .collect();
        ReportView {
            title: match run.experiments.as_slice() {
                names if names.len() > NAMED_IN_TITLE => {
                    format!("Run {}: {} experiments", run.id, names.len())
                }
                names => format!("Run {}: {}", run.id, names.join(", ")),
            },
            run: run.id.clone(),
            created: run.created.clone(),
            fitness: fitness(inputs),
            summary: if each.is_empty() {
                "No claim was judged.".into()
            } else {
                format!(
                    "{}: {}.",
                    words::count(inputs.verdicts.len(), "claim"),
                    each.join(", ")
                )
            },
            counts,
            machine: machine(&run.host),
            experiments,
            releases: releases(inputs.verdicts),
            failures: failures(inputs.invocations),
            invocations: invocations(inputs.invocations),
            missing: run.missing.clone(),
            builds: builds(inputs),
            provenance: provenance(inputs),
            files,
            inputs,
        }
    }
}

/// Experiments that a title names; more are counted.
const NAMED_IN_TITLE: usize = 4;

fn fitness(inputs: Inputs<'_>) -> Fitness {
    let controls = inputs.controls;
    let failed = controls.iter().filter(|c| !c.passed).count();
    let ran = |kind| controls.iter().any(|c| c.kind == kind);
    let says = if controls.is_empty() {
        "No control ran, so nothing vouches for the figures of this run.".to_owned()
    } else if failed > 0 {
        let unfit: BTreeSet<&str> = controls
            .iter()
            .filter(|c| !c.passed)
            .map(|c| c.experiment.as_str())
            .collect();
        let whose = match (unfit.len(), inputs.experiments.len()) {
            // With one experiment there is nothing to tell apart.
            (_, ..2) => "Its verdicts are downgraded".to_owned(),
            (1, _) => format!(
                "The verdicts of {} are downgraded",
                unfit.into_iter().collect::<String>()
            ),
            _ => format!(
                "The verdicts of these are downgraded: {}",
                unfit.into_iter().collect::<Vec<_>>().join(", ")
            ),
        };
        format!(
            "This run is UNFIT: {failed} of {} failed. {whose}; do not publish those figures.",
            words::count(controls.len(), "control")
        )
    } else {
        let null = if ran(ControlKind::Null) {
            "the same program measured twice shows no difference"
        } else {
            "no program was measured twice"
        };
        let positive = if ran(ControlKind::Positive) {
            "a known slow-down was found"
        } else {
            "no known slow-down was tried"
        };
        format!("This run is fit: {null}, and {positive}.")
    };
    let mut cautions = Vec::new();
    if inputs.run.profile == "quick" {
        cautions.push("Quick profile: too short for figures that are published.".into());
    }
    let measured = inputs
        .verdicts
        .iter()
        .filter(|v| !matches!(v.kind, VerdictKind::Untestable | VerdictKind::NotRun))
        .count();
    let open = inputs
        .verdicts
        .iter()
        .filter(|v| v.kind == VerdictKind::Inconclusive)
        .count();
    // METHOD.md's limit: with more than 30 % undecided a run is called weak in its first lines.
    if open * 10 > measured * 3 {
        cautions.push(format!(
            "A weak run: {open} of {} stayed undecided.",
            words::count(measured, "measured claim")
        ));
    }
    if inputs
        .run
        .revision
        .as_deref()
        .is_some_and(|r| r.ends_with("-dirty"))
    {
        cautions.push("Measured from a working tree with uncommitted changes.".into());
    }
    Fitness {
        fit: !controls.is_empty() && failed == 0,
        says,
        cautions,
        controls: controls
            .iter()
            .map(|c| ControlRow {
                kind: match c.kind {
                    ControlKind::Null => "A/A",
                    ControlKind::Positive => "known slow-down",
                },
                cell: format!("{}: {}", c.experiment, c.cell),
                word: if c.passed { "passed" } else { "failed" },
                says: c.says.clone(),
            })
            .collect(),
    }
}

pub(super) fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact {
        name: name.into(),
        value: value.into(),
    }
}

fn machine(host: &HostFacts) -> Machine {
    let ns = |v: Option<f64>| v.map(|v| Unit::Nanosecond.show(v));
    let on = |v: Option<bool>| v.map(|v| if v { "on" } else { "off" }.to_owned());
    let facts = [
        ("CPU", Some(host.cpu_model.clone())),
        ("microcode", host.microcode.clone()),
        ("CPUs", Some(host.cpus.to_string())),
        ("memory", Some(Unit::Byte.show(host.memory as f64))),
        ("kernel", Some(host.kernel.clone())),
        ("architecture", Some(host.arch.clone())),
        ("C library", host.libc.clone()),
        ("frequency governor", host.governor.clone()),
        ("boost", on(host.boost)),
        ("hypervisor", host.hypervisor.clone()),
        ("CPU limit", host.cgroup_cpus.map(|v| format!("{v} CPUs"))),
        (
            "memory limit",
            host.cgroup_memory.map(|v| Unit::Byte.show(v as f64)),
        ),
        ("address randomisation", on(host.aslr)),
        ("transparent huge pages", host.huge_pages.clone()),
        ("step of the clock", ns(host.clock_step_ns)),
        ("cost of a clock reading", ns(host.clock_cost_ns)),
    ];
    Machine {
        line: words::machine(host),
        beside: format!("on this machine: {}", host.cpu_model),
        facts: facts
            .into_iter()
            .filter_map(|(name, value)| Some(fact(name, value?)))
            .collect(),
    }
}

fn releases(verdicts: &[Verdict]) -> Releases {
    let is_release = |name: &str| name.starts_with(|c: char| c.is_ascii_digit());
    let mut toolchains: Vec<String> = verdicts
        .iter()
        .flat_map(|v| &v.per_toolchain)
        .map(|t| t.toolchain.clone())
        .filter(|t| is_release(t))
        .collect();
    toolchains.sort_by(|a, b| release_order(a, b));
    toolchains.dedup();
    let rows = verdicts
        .iter()
        .filter_map(|v| {
            let judged: Vec<(&str, VerdictKind)> = toolchains
                .iter()
                .filter_map(|t| {
                    let found = v.per_toolchain.iter().find(|x| x.toolchain == *t)?;
                    Some((t.as_str(), found.kind))
                })
                .collect();
            let (_, last) = *judged.last().filter(|_| judged.len() > 1)?;
            let start = judged
                .iter()
                .rposition(|(_, k)| *k != last)
                .map_or(0, |i| i + 1);
            let since = match judged.get(start) {
                Some((toolchain, _)) if start > 0 => format!("{last} since {toolchain}"),
                _ => format!("{last} on all"),
            };
            Some(ReleaseRow {
                claim: v.claim.clone(),
                anchor: format!("claim-{}", v.claim),
                words: toolchains
                    .iter()
                    .map(|t| {
                        let kind = judged.iter().find(|(name, _)| name == t);
                        kind.map_or("", |(_, k)| k.word())
                    })
                    .collect(),
                since,
            })
        })
        .collect();
    Releases { toolchains, rows }
}

fn failures(invocations: &[Invocation]) -> Vec<FailureRow> {
    invocations
        .iter()
        .filter_map(|i| {
            Some(FailureRow {
                experiment: i.cell.experiment.clone(),
                cell: i.cell.to_string(),
                place: format!("block {}, attempt {}", i.block, i.attempt + 1),
                word: i.failure()?,
                stderr: i.stderr_tail.lines().last().unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

fn invocations(all: &[Invocation]) -> String {
    let cells: BTreeSet<&CellKey> = all.iter().map(|i| &i.cell).collect();
    let failed = all.iter().filter(|i| !i.is_usable()).count();
    let disturbed = all.iter().filter(|i| i.disturbed.is_some()).count();
    format!(
        "{} of {}: {failed} failed, {disturbed} disturbed. All are kept in the journal.",
        words::count(all.len(), "invocation"),
        words::count(cells.len(), "cell")
    )
}

fn builds(inputs: Inputs<'_>) -> Vec<BuildRow> {
    inputs
        .run
        .builds
        .iter()
        .map(|b| BuildRow {
            experiment: b.experiment.clone(),
            variant: b.variant.clone(),
            toolchain: b.toolchain.clone(),
            flags: b
                .flags
                .iter()
                .cloned()
                .chain(b.go_line.as_ref().map(|l| format!("(go {l})")))
                .collect::<Vec<_>>()
                .join(" "),
            binary: b.binary.chars().take(12).collect(),
        })
        .collect()
}

fn provenance(inputs: Inputs<'_>) -> Vec<Fact> {
    let run = inputs.run;
    let typed: Vec<String> = run.command_line.iter().map(|a| words::shell(a)).collect();
    let mut facts = vec![
        fact("command", typed.join(" ")),
        fact("started", &*run.created),
        fact("harness", &*run.harness),
        fact(
            "revision",
            run.revision.as_deref().unwrap_or("none (not a checkout)"),
        ),
        fact("profile", &*run.profile),
        fact("seed", run.seed.to_string()),
        fact(
            "order",
            "in each block every cell once, in a random order that follows from the seed; block and slot of each invocation are in journal.jsonl and invocations.csv",
        ),
    ];
    if let Some(budget) = run.budget_ns {
        facts.push(fact(
            "budget an experiment",
            Unit::Nanosecond.show(budget as f64),
        ));
    }
    facts
}

//! From records to words.

use std::collections::BTreeSet;

use super::Inputs;
use super::view::*;
use super::words;
use crate::chart::words::{cell_order, is_statistic, names, release_order, takes};
use crate::chart::{self, Embed, Source};
use crate::record::{CellKey, ControlKind, Estimate, HostFacts, Invocation, Verdict, VerdictKind};
use crate::spec::{ChartKind, Experiment, Judge, Language, Pair, Statistic};
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
        let mut files: Vec<String> = ["report.md", "estimates.csv", "samples.csv", "verdicts.json"]
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
            title: format!("Run {}: {}", run.id, run.experiments.join(", ")),
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

fn fitness(inputs: Inputs<'_>) -> Fitness {
    let controls = inputs.controls;
    let failed = controls.iter().filter(|c| !c.passed).count();
    let ran = |kind| controls.iter().any(|c| c.kind == kind);
    let says = if controls.is_empty() {
        "No control ran, so nothing vouches for the figures of this run.".to_owned()
    } else if failed > 0 {
        format!(
            "This run is UNFIT: {failed} of {} failed. Its verdicts are downgraded; do not publish its figures.",
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

fn fact(name: &str, value: impl Into<String>) -> Fact {
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

fn experiment(inputs: Inputs<'_>, e: &Experiment) -> ExperimentView {
    let of_cell = |c: &CellKey| c.experiment == e.name;
    let mut estimates: Vec<&Estimate> = inputs
        .estimates
        .iter()
        .filter(|x| of_cell(&x.cell))
        .collect();
    estimates.sort_by(|a, b| {
        (a.versus.is_some().cmp(&b.versus.is_some()))
            .then_with(|| a.metric.cmp(&b.metric))
            .then_with(|| a.statistic.cmp(&b.statistic))
            .then_with(|| cell_order(e, &a.cell, &b.cell))
    });
    let mut stops: Vec<_> = inputs.stops.iter().filter(|s| of_cell(&s.cell)).collect();
    stops.sort_by(|a, b| cell_order(e, &a.cell, &b.cell));
    let source = Source {
        experiment: e,
        estimates: inputs.estimates,
        invocations: inputs.invocations,
    };
    ExperimentView {
        name: e.name.clone(),
        anchor: format!("experiment-{}", e.name),
        title: e.title.clone(),
        summary: e.summary.clone(),
        analysis: e.analysis.clone(),
        fairness: e.fairness.clone(),
        verdicts: verdicts(inputs, e),
        comparisons: e
            .pairs
            .iter()
            .flat_map(|p| comparisons(inputs, e, p))
            .collect(),
        charts: e
            .charts
            .iter()
            .map(|c| {
                let figure = chart::figure(source, c);
                ChartView {
                    anchor: format!("figure-{}-{}", e.name, c.id),
                    title: c.title.clone(),
                    file: format!("charts/{}-{}.svg", e.name, c.id),
                    svg: chart::render(&figure, Embed::Page),
                    figure,
                }
            })
            .collect(),
        absolute: estimates
            .iter()
            .any(|x| x.versus.is_none() && matches!(x.unit, Unit::Nanosecond | Unit::PerSecond)),
        glance: glance(e, &estimates),
        estimates: estimates.into_iter().map(estimate).collect(),
        stops: stops
            .into_iter()
            .map(|s| StopRow {
                cell: s.cell.to_string(),
                n: s.invocations,
                reason: s.reason.to_string(),
            })
            .collect(),
        commands: commands(inputs, e),
    }
}

fn estimate(e: &Estimate) -> EstimateRow {
    let note: Vec<String> = e.warnings.iter().map(ToString::to_string).collect();
    EstimateRow {
        cell: match &e.versus {
            Some(versus) => format!("{} : {versus}", e.cell),
            None => e.cell.to_string(),
        },
        metric: format!("{}/{}", e.metric, e.statistic),
        figure: words::figure(e),
        n: e.n,
        note: note.join("; "),
    }
}

/// Tables of the statistics that the definition speaks of; of all, where it speaks of none that was measured.
fn glance(e: &Experiment, estimates: &[&Estimate]) -> Vec<GlanceTable> {
    let mut spoken: Vec<(&str, &Statistic)> = Vec::new();
    for claim in &e.claims {
        if let Judge::Figures(figures) = &claim.judge {
            let measures = figures
                .iter()
                .flat_map(|f| [Some(&f.of), f.versus.as_ref()]);
            spoken.extend(
                measures
                    .flatten()
                    .map(|m| (m.metric.as_str(), &m.statistic)),
            );
        }
    }
    let pairs = e.pairs.iter().flat_map(|p| [&p.of, &p.versus]);
    spoken.extend(pairs.map(|m| (m.metric.as_str(), &m.statistic)));
    let drawn = e
        .charts
        .iter()
        .filter(|c| matches!(c.kind, ChartKind::Intervals | ChartKind::Sweep));
    spoken.extend(drawn.map(|c| (c.metric.as_str(), &c.statistic)));

    let cells: Vec<&&Estimate> = estimates
        .iter()
        .filter(|x| x.versus.is_none() && x.cell.copy == 0)
        .collect();
    let wanted = |x: &Estimate| {
        spoken
            .iter()
            .any(|(metric, statistic)| x.metric == *metric && is_statistic(&x.statistic, statistic))
    };
    let any = cells.iter().any(|x| wanted(x));
    let kept: Vec<&Estimate> = cells
        .into_iter()
        .copied()
        .filter(|x| !any || wanted(x))
        .collect();
    kept.chunk_by(|a, b| (&a.metric, &a.statistic) == (&b.metric, &b.statistic))
        .filter_map(|group| {
            let first = group.first()?;
            let keys: Vec<CellKey> = group.iter().map(|x| x.cell.clone()).collect();
            let named = names(e, &keys);
            let title = e
                .metrics
                .get(&first.metric)
                .map_or(&first.metric, |m| &m.title);
            Some(GlanceTable {
                title: format!("{title}, {}", first.statistic),
                common: named.common,
                rows: group
                    .iter()
                    .zip(named.each)
                    .map(|(x, cell)| EstimateRow {
                        cell,
                        ..estimate(x)
                    })
                    .collect(),
            })
        })
        .collect()
}

fn verdicts(inputs: Inputs<'_>, e: &Experiment) -> Vec<VerdictView> {
    let rank = |v: &&Verdict| e.claims.iter().position(|c| c.id == v.claim);
    let mut found: Vec<&Verdict> = inputs
        .verdicts
        .iter()
        .filter(|v| v.experiment == e.name)
        .collect();
    found.sort_by_key(rank);
    found
        .into_iter()
        .map(|v| {
            let claim = e.claims.iter().find(|c| c.id == v.claim);
            VerdictView {
                claim: v.claim.clone(),
                anchor: format!("claim-{}", v.claim),
                place: claim.map_or_else(String::new, |c| {
                    format!("question {}, line {}", c.question, c.line)
                }),
                says: claim.map_or_else(String::new, |c| c.says.clone()),
                kind: v.kind,
                word: v.kind.word(),
                plain: words::plain(v.kind).into(),
                reason: words::sentence(&v.reason),
                reading: claim.and_then(|c| Some(words::sentence(c.reading.as_deref()?))),
                downgraded: v
                    .downgraded_from
                    .map(|kind| format!("Would be {kind} had the controls passed.")),
                releases: v
                    .per_toolchain
                    .iter()
                    .map(|t| ReleaseView {
                        toolchain: t.toolchain.clone(),
                        word: t.kind.word(),
                        reason: words::sentence(&t.reason),
                        evidence: t.evidence.iter().map(|x| fact(&x.id, &*x.shows)).collect(),
                    })
                    .collect(),
                instead: v.instead.as_ref().map(|i| InsteadView {
                    says: i.says.clone(),
                    word: i.kind.word(),
                    reason: words::sentence(&i.reason),
                }),
            }
        })
        .collect()
}

fn comparisons(inputs: Inputs<'_>, e: &Experiment, pair: &Pair) -> Vec<ComparisonRow> {
    let mut found: Vec<(&Estimate, &CellKey)> = inputs
        .estimates
        .iter()
        .filter_map(|x| Some((x, x.versus.as_ref()?)))
        .filter(|(x, versus)| {
            x.cell.experiment == e.name
                && x.metric == pair.of.metric
                && is_statistic(&x.statistic, &pair.of.statistic)
                && takes(&pair.of.select, &x.cell)
                && takes(&pair.versus.select, versus)
        })
        .collect();
    found.sort_by(|a, b| cell_order(e, &a.0.cell, &b.0.cell).then_with(|| cell_order(e, a.1, b.1)));
    let cells: Vec<CellKey> = found
        .iter()
        .map(|(x, _)| CellKey {
            variant: String::new(),
            toolchain: String::new(),
            ..x.cell.clone()
        })
        .collect();
    // Programs stand in the sentence; what else tells the rows apart goes into the title.
    let differ = cells.iter().collect::<BTreeSet<_>>().len() > 1;
    let each = names(e, &cells).each;
    let unit = e.metrics.get(&pair.of.metric).map_or(Unit::One, |m| m.unit);
    let side = |cell: &CellKey, metric: &str, statistic: &str| {
        inputs
            .estimates
            .iter()
            .find(|x| {
                x.versus.is_none()
                    && x.cell == *cell
                    && x.metric == metric
                    && x.statistic == statistic
            })
            .map_or_else(|| "n/a".to_owned(), words::figure)
    };
    found
        .into_iter()
        .zip(each)
        .map(|((x, versus), name)| {
            let (of, to) = words::sides(e, &x.cell, versus);
            let versus_statistic = chart::words::statistic_name(&pair.versus.statistic);
            ComparisonRow {
                title: if differ {
                    format!("{}, {name}", pair.title)
                } else {
                    pair.title.clone()
                },
                of: side(&x.cell, &pair.of.metric, &x.statistic),
                versus: side(versus, &pair.versus.metric, &versus_statistic),
                words: words::ratio(unit, x, &of, &to),
                n: x.n,
            }
        })
        .collect()
}

/// The line that measures the experiment again, and for each variant one invocation by hand.
fn commands(inputs: Inputs<'_>, e: &Experiment) -> Vec<Fact> {
    let run = inputs.run;
    let mut again = format!(
        "harness run {} --profile {} --seed {}",
        e.name, run.profile, run.seed
    );
    for (name, values) in &run.overrides {
        let set = words::shell(&format!("{name}={}", values.join(",")));
        again.extend([" --set ", &set]);
    }
    let mut commands = vec![fact("measure it again", again)];
    for variant in &e.variants {
        let Some(i) = inputs
            .invocations
            .iter()
            .find(|i| i.cell.experiment == e.name && i.cell.variant == variant.name)
        else {
            continue;
        };
        let mut line: Vec<String> = Vec::new();
        for (name, value) in e.run.env.iter().chain(&variant.env) {
            line.push(format!("{name}={}", words::shell(value)));
        }
        let mut flags = vec![format!("--case={}", i.cell.case)];
        for (name, value) in &i.cell.params {
            let param = e.params.get(name);
            match param.and_then(|p| p.env.as_ref()) {
                Some(_) if param.and_then(|p| p.unset.as_ref()) == Some(value) => {}
                Some(env) => line.push(format!("{env}={}", words::shell(value))),
                None => flags.push(format!("--{name}={value}")),
            }
        }
        flags.push(format!("--seed={}", i.seed));
        let build = variant.build_flags.join(" ");
        line.push(match variant.language {
            Language::Go if build.is_empty() => {
                format!("go -C go-programs run ./{}", variant.program)
            }
            Language::Go => format!("go -C go-programs run {build} ./{}", variant.program),
            Language::Rust => format!(
                "cargo run --profile measured -p rust-equivalents --bin {} --",
                variant.program
            ),
        });
        line.extend(variant.args.iter().chain(&flags).map(|a| words::shell(a)));
        commands.push(fact(
            &format!("one invocation of {}", variant.name),
            line.join(" "),
        ));
    }
    commands
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
            "in each block every cell once, in a random order that follows from the seed; block and slot of each invocation are in journal.jsonl and samples.csv",
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

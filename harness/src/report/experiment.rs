//! One experiment in words.

use std::collections::BTreeSet;

use super::Inputs;
use super::build::fact;
use super::view::*;
use super::words;
use crate::chart::words::{cell_order, names};
use crate::chart::{self, Embed, Source};
use crate::record::{CellKey, Estimate, Verdict};
use crate::spec::{
    ChartKind, Experiment, Language, Measure, Pair, Statistic, Variant, builtin_metric,
};
use crate::units::Unit;

pub(super) fn experiment(inputs: Inputs<'_>, e: &Experiment) -> ExperimentView {
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
        figure: e.in_words(),
        n: e.n,
        note: note.join("; "),
    }
}

/// Tables of what the definition speaks of, in claims, pairs and charts of single figures; of everything, where none of it
/// was measured.
fn glance(e: &Experiment, estimates: &[&Estimate]) -> Vec<GlanceTable> {
    let mut spoken: Vec<Measure> = Vec::new();
    for claim in &e.claims {
        spoken.extend(
            claim
                .judge
                .figures()
                .iter()
                .flat_map(|f| std::iter::once(&f.of).chain(&f.versus))
                .cloned(),
        );
    }
    spoken.extend(
        e.pairs
            .iter()
            .flat_map(|p| [p.of.clone(), p.versus.clone()]),
    );
    let drawn = e
        .charts
        .iter()
        .filter(|c| matches!(c.kind, ChartKind::Intervals | ChartKind::Sweep));
    spoken.extend(drawn.map(|c| Measure {
        metric: c.metric.clone(),
        statistic: c.statistic.clone(),
        select: c.select.clone(),
    }));
    let cells = estimates
        .iter()
        .copied()
        .filter(|x| x.versus.is_none() && x.cell.copy == 0);
    let wanted = |x: &Estimate| {
        spoken.iter().any(|m| {
            x.metric == m.metric
                && x.statistic == m.statistic.to_string()
                && m.select.matches(&x.cell)
        })
    };
    let any = cells.clone().any(wanted);
    let kept: Vec<&Estimate> = cells.filter(|x| !any || wanted(x)).collect();
    kept.chunk_by(|a, b| (&a.metric, &a.statistic) == (&b.metric, &b.statistic))
        .filter_map(|group| {
            let first = group.first()?;
            let keys: Vec<CellKey> = group.iter().map(|x| x.cell.clone()).collect();
            let named = names(e, &keys);
            let title = e
                .metrics
                .get(&first.metric)
                .cloned()
                .or_else(|| builtin_metric(&first.metric))
                .map_or_else(|| first.metric.clone(), |m| m.title);
            let statistic = Statistic::parse(&first.statistic).unwrap_or(Statistic::Value);
            Some(GlanceTable {
                title: statistic.of(&title),
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
                    lead: words::instead(v.kind, i.kind),
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
                && x.statistic == pair.of.statistic.to_string()
                && pair.of.select.matches(&x.cell)
                && pair.versus.select.matches(versus)
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
    let unit = e
        .metrics
        .get(&pair.of.metric)
        .cloned()
        .or_else(|| builtin_metric(&pair.of.metric))
        .map_or(Unit::One, |m| pair.of.statistic.unit(m.unit));
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
            .map_or_else(|| "n/a".to_owned(), Estimate::in_words)
    };
    found
        .into_iter()
        .zip(each)
        .map(|((x, versus), name)| {
            let (of, to) = words::sides(e, &x.cell, versus);
            let versus_statistic = pair.versus.statistic.to_string();
            ComparisonRow {
                title: if differ {
                    format!("{}, {name}", pair.title)
                } else {
                    pair.title.clone()
                },
                of: side(&x.cell, &pair.of.metric, &x.statistic),
                versus: side(versus, &pair.versus.metric, &versus_statistic),
                words: {
                    let ratio = words::ratio(unit, x, &of, &to);
                    let warnings: BTreeSet<String> =
                        x.warnings.iter().map(ToString::to_string).collect();
                    std::iter::once(ratio)
                        .chain(warnings)
                        .collect::<Vec<_>>()
                        .join("; ")
                },
                n: x.n,
            }
        })
        .collect()
}

/// Whether a line of the shell does what the harness does: not where it edits `go.mod`, nor in another module.
fn runs_by_hand(variant: &Variant) -> bool {
    variant.language == Language::Rust
        || !(variant.program.contains('/')
            || variant
                .build_flags
                .iter()
                .any(|flag| flag.starts_with("-go=")))
}

/// The line that measures the experiment again, and for each variant one invocation by hand.
fn commands(inputs: Inputs<'_>, e: &Experiment) -> Vec<Fact> {
    let run = inputs.run;
    let mut again = format!(
        "harness run {} --profile {} --seed {}",
        e.name, run.profile, run.seed
    );
    if !run.go_versions.is_empty() {
        again.extend([" --go ", &run.go_versions.join(",")]);
    }
    for (name, values) in &run.overrides {
        let set = words::shell(&format!("{name}={}", values.join(",")));
        again.extend([" --set ", &set]);
    }
    let mut commands = vec![fact("measure it again", again)];
    for variant in e.variants.iter().filter(|v| runs_by_hand(v)) {
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
        // A Go variant's flags may set variables of the build.
        let (build, variables): (Vec<&String>, Vec<&String>) = variant
            .build_flags
            .iter()
            .partition(|flag| variant.language == Language::Rust || flag.starts_with('-'));
        line.extend(variables.into_iter().map(|v| words::shell(v)));
        let build = build
            .iter()
            .map(|flag| words::shell(flag))
            .collect::<Vec<_>>()
            .join(" ");
        line.push(match variant.language {
            Language::Go if build.is_empty() => {
                format!("go -C go-programs run ./{}", variant.program)
            }
            Language::Go => format!("go -C go-programs run {build} ./{}", variant.program),
            Language::Rust => {
                let features = match build.as_str() {
                    "" => String::new(),
                    features => format!(" --features {}", features.replace(' ', ",")),
                };
                format!(
                    "cargo run --profile measured -p rust-equivalents{features} --bin {} --",
                    variant.program
                )
            }
        });
        line.extend(variant.args.iter().chain(&flags).map(|a| words::shell(a)));
        commands.push(fact(
            &format!("one invocation of {}", variant.name),
            line.join(" "),
        ));
    }
    commands
}

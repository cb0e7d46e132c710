//! Wire types to model types: words to enums, texts to quantities. Problems are collected with their key paths.

use std::collections::BTreeMap;
use std::path::Path;

use super::builtin::builtin_metric;
use super::load::Problem;
use super::locate::KeyPath;
use super::model::*;
use super::wire::*;
use crate::record::{OutcomeValue, Scale};
use crate::units::{Quantity, Unit};

/// Collects problems while it converts; a value with a problem gets a harmless stand-in, since the model is dropped then.
#[derive(Default)]
pub(super) struct Converter {
    pub(super) problems: Vec<Problem>,
    metrics: BTreeMap<String, Metric>,
}

impl Converter {
    pub(super) fn problem(&mut self, path: &KeyPath, message: impl Into<String>) {
        self.problems.push(Problem {
            path: path.clone(),
            message: message.into(),
        });
    }

    pub(super) fn experiment(
        &mut self,
        name: String,
        file: &Path,
        wire: WireExperiment,
    ) -> Experiment {
        let root = KeyPath::default();
        let run = self.run(&root.key("run"), wire.run);
        let variants = wire
            .variants
            .into_iter()
            .map(|(variant, w)| {
                self.variant(&root.key("variants").key(&variant), &name, variant, w)
            })
            .collect();
        let params = wire
            .params
            .into_iter()
            .map(|(param, w)| {
                (
                    param,
                    Param {
                        doc: w.doc,
                        env: w.env,
                        unset: w.unset.map(|t| t.0),
                    },
                )
            })
            .collect();
        self.metrics = wire
            .metrics
            .into_iter()
            .map(|(m, w)| (m, metric(w)))
            .collect();
        let matrix = wire
            .matrix
            .into_iter()
            .enumerate()
            .map(|(i, w)| self.matrix(&root.key("matrix").index(i), w))
            .collect();
        let pairs = wire
            .pairs
            .into_iter()
            .enumerate()
            .map(|(i, w)| {
                let path = root.key("pairs").index(i);
                Pair {
                    title: w.title,
                    of: self.measure(&path.key("of"), w.of),
                    versus: self.measure(&path.key("versus"), w.versus),
                }
            })
            .collect();
        let charts = wire
            .charts
            .into_iter()
            .enumerate()
            .map(|(i, w)| self.chart(&root.key("charts").index(i), w))
            .collect();
        let claims = wire
            .claims
            .into_iter()
            .enumerate()
            .map(|(i, w)| self.claim(&root.key("claims").index(i), w))
            .collect();
        let tool_probes = wire
            .tool
            .into_iter()
            .enumerate()
            .map(|(i, w)| self.tool(&root.key("tool").index(i), w))
            .collect();
        Experiment {
            name,
            file: file.to_owned(),
            title: wire.title,
            summary: wire.summary,
            analysis: wire.analysis,
            fairness: wire.fairness,
            variants,
            params,
            metrics: std::mem::take(&mut self.metrics),
            matrix,
            source_probes: wire
                .source
                .into_iter()
                .map(|w| SourceProbe {
                    key: w.key,
                    files: w.files,
                    pattern: w.pattern,
                })
                .collect(),
            tool_probes,
            claims,
            charts,
            pairs,
            run,
        }
    }

    fn run(&mut self, path: &KeyPath, wire: WireRun) -> RunRules {
        if wire.min_blocks == 0 || wire.min_blocks > wire.max_blocks {
            self.problem(
                &path.key("min-blocks"),
                format!("must be from 1 to max-blocks ({})", wire.max_blocks),
            );
        }
        RunRules {
            min_blocks: wire.min_blocks,
            max_blocks: wire.max_blocks,
            precision: self.quantity(&path.key("precision"), &wire.precision, Unit::One),
            timeout_ns: self.duration(&path.key("timeout"), &wire.timeout),
            budget_ns: self.duration(&path.key("budget"), &wire.budget),
            env: texts(wire.env),
        }
    }

    fn variant(
        &mut self,
        path: &KeyPath,
        experiment: &str,
        name: String,
        wire: WireVariant,
    ) -> Variant {
        let go_min = self.release(&path.key("go-min"), wire.go_min.as_deref());
        Variant {
            name,
            language: match wire.language {
                WireLanguage::Go => Language::Go,
                WireLanguage::Rust => Language::Rust,
            },
            program: wire.program.unwrap_or_else(|| experiment.to_owned()),
            build_flags: wire.build_flags,
            args: wire.args,
            env: texts(wire.env),
            go_min,
        }
    }

    fn release(&mut self, path: &KeyPath, text: Option<&str>) -> Option<(u32, u32)> {
        let text = text?;
        let version = text
            .split_once('.')
            .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        if version.is_none() {
            self.problem(
                path,
                format!("`{text}` is no Go release (write e.g. `1.22`)"),
            );
        }
        version
    }

    fn tool(&mut self, path: &KeyPath, wire: WireTool) -> ToolProbe {
        let language = match wire.command.first().map(String::as_str) {
            Some("go") => Language::Go,
            Some("rustc") => Language::Rust,
            _ => {
                self.problem(
                    &path.key("command"),
                    "the first word must be `go` or `rustc`",
                );
                Language::Go
            }
        };
        self.release(&path.key("go-line"), wire.go_line.as_deref());
        ToolProbe {
            key: wire.key,
            language,
            args: wire.command.into_iter().skip(1).collect(),
            source: wire.source,
            go_min: self.release(&path.key("go-min"), wire.go_min.as_deref()),
            go_line: wire.go_line,
            env: texts(wire.env),
            pattern: wire.pattern,
        }
    }

    fn matrix(&mut self, path: &KeyPath, wire: WireMatrix) -> MatrixEntry {
        MatrixEntry {
            case: wire.case,
            variants: wire.variants,
            params: lists(wire.params),
            from: match wire.from.unwrap_or(WireProfile::Quick) {
                WireProfile::Quick => Profile::Quick,
                WireProfile::Standard => Profile::Standard,
                WireProfile::Thorough => Profile::Thorough,
            },
            blocks: wire.blocks,
            control: wire.control,
            timeout_ns: wire
                .timeout
                .map(|t| self.duration(&path.key("timeout"), &t)),
        }
    }

    fn measure(&mut self, path: &KeyPath, wire: WireMeasure) -> Measure {
        let unit = self.metric_unit(&path.key("metric"), &wire.metric);
        Measure {
            metric: wire.metric,
            statistic: self.statistic(&path.key("statistic"), &wire.statistic, unit),
            select: selector(wire.select),
        }
    }

    fn chart(&mut self, path: &KeyPath, wire: WireChart) -> Chart {
        let unit = self.metric_unit(&path.key("metric"), &wire.metric);
        let statistic = wire.statistic.as_deref().unwrap_or("median");
        Chart {
            id: wire.id,
            title: wire.title,
            kind: match wire.kind {
                WireChartKind::Ecdf => ChartKind::Ecdf,
                WireChartKind::Intervals => ChartKind::Intervals,
                WireChartKind::Sweep => ChartKind::Sweep,
                WireChartKind::Growth => ChartKind::Growth,
            },
            metric: wire.metric,
            statistic: self.statistic(&path.key("statistic"), statistic, unit),
            select: selector(wire.select),
            x: wire.x,
            claim: wire.claim,
            log_x: wire.log_x,
            log_y: wire.log_y,
        }
    }

    fn claim(&mut self, path: &KeyPath, wire: WireClaim) -> Claim {
        let tested = !wire.figures.is_empty() || !wire.outcomes.is_empty();
        let judges = usize::from(tested)
            + usize::from(wire.untestable.is_some())
            + usize::from(wire.not_run.is_some());
        if judges != 1 {
            self.problem(
                &path.key("id"),
                "give `figures` or `outcomes` (or both), or `untestable`, or `not-run`",
            );
        }
        let judge = if let Some(reason) = wire.untestable {
            Judge::Untestable { reason }
        } else if let Some(reason) = wire.not_run {
            Judge::NotRun { reason }
        } else {
            self.judge(path, wire.figures, wire.outcomes)
        };
        let instead = wire.instead.map(|w| {
            let path = path.key("instead");
            if w.figures.is_empty() && w.outcomes.is_empty() {
                self.problem(&path.key("says"), "give `figures` or `outcomes`");
            }
            Correction {
                says: w.says,
                go_min: self.release(&path.key("go-min"), w.go_min.as_deref()),
                judge: self.judge(&path, w.figures, w.outcomes),
            }
        });
        Claim {
            id: wire.id,
            question: wire.question,
            line: wire.line,
            kind: match wire.kind {
                WireClaimKind::Timing => ClaimKind::Timing,
                WireClaimKind::Memory => ClaimKind::Memory,
                WireClaimKind::Behaviour => ClaimKind::Behaviour,
                WireClaimKind::Toolchain => ClaimKind::Toolchain,
                WireClaimKind::Source => ClaimKind::Source,
                WireClaimKind::History => ClaimKind::History,
                WireClaimKind::Opinion => ClaimKind::Opinion,
            },
            says: wire.says,
            also: wire.also,
            judge,
            reading: wire.reading,
            instead,
        }
    }

    fn judge(
        &mut self,
        path: &KeyPath,
        figures: Vec<WireFigure>,
        outcomes: Vec<WireExpected>,
    ) -> Judge {
        Judge::Tested {
            figures: figures
                .into_iter()
                .enumerate()
                .map(|(i, w)| self.figure(&path.key("figures").index(i), w))
                .collect(),
            outcomes: outcomes
                .into_iter()
                .map(|w| Expected {
                    key: w.key,
                    equals: match w.equals {
                        Plain::Bool(b) => OutcomeValue::Bool(b),
                        Plain::Int(i) => OutcomeValue::Int(i),
                        Plain::Text(t) => OutcomeValue::Text(t),
                    },
                    select: selector(w.select),
                    reading: w.reading,
                })
                .collect(),
        }
    }

    fn figure(&mut self, path: &KeyPath, wire: WireFigure) -> Figure {
        let metric_unit = self.metric_unit(&path.key("metric"), &wire.metric);
        let statistic = self.statistic(&path.key("statistic"), &wire.statistic, metric_unit);
        let versus = wire.versus.map(|w| {
            let path = path.key("versus");
            let other = self.metric_unit(&path.key("metric"), &w.metric);
            let measure = self.measure(&path, w);
            if measure.statistic.unit(other) != statistic.unit(metric_unit) {
                self.problem(
                    &path.key("metric"),
                    "a ratio needs the same unit on both sides",
                );
            }
            measure
        });
        let unit = if versus.is_some() {
            Unit::One
        } else {
            statistic.unit(metric_unit)
        };
        let expect = self.expectation(&path.key("expect"), wire.expect, unit);
        Figure {
            of: Measure {
                metric: wire.metric,
                statistic,
                select: selector(wire.select),
            },
            versus,
            expect,
            reading: wire.reading,
        }
    }

    fn expectation(&mut self, path: &KeyPath, wire: WireExpect, unit: Unit) -> Expectation {
        let forms = usize::from(wire.below.is_some())
            + usize::from(wire.above.is_some())
            + usize::from(wire.between.is_some())
            + usize::from(wire.about.is_some())
            + usize::from(wire.equals.is_some())
            + usize::from(wire.times.is_some())
            + usize::from(wire.magnitude.is_some());
        if forms != 1 {
            self.problem(
                path,
                "give exactly one of `below`, `above`, `between`, `about`, `equals`, `times`, `magnitude`",
            );
        }
        let tolerance = wire.tolerance.unwrap_or(1.0);
        if !(tolerance >= 1.0 && tolerance.is_finite()) {
            self.problem(&path.key("tolerance"), "must be 1 or more");
        }
        let (lo, hi, words) = if let Some(text) = &wire.below {
            (
                f64::NEG_INFINITY,
                self.quantity(&path.key("below"), text, unit),
                format!("at most {text}"),
            )
        } else if let Some(text) = &wire.above {
            (
                self.quantity(&path.key("above"), text, unit),
                f64::INFINITY,
                format!("at least {text}"),
            )
        } else if let Some([from, to]) = &wire.between {
            let key = path.key("between");
            let (lo, hi) = (
                self.quantity(&key, from, unit),
                self.quantity(&key, to, unit),
            );
            if lo > hi {
                self.problem(&key, "the first end is above the second");
            }
            (lo, hi, format!("{from} to {to}"))
        } else if let Some(text) = &wire.equals {
            let x = self.quantity(&path.key("equals"), text, unit);
            (x, x, format!("exactly {text}"))
        } else if let Some((key, text, factor)) = [
            ("about", &wire.about, 1.5),
            ("times", &wire.times, 1.2),
            ("magnitude", &wire.magnitude, 3.0),
        ]
        .into_iter()
        .find_map(|(key, text, factor)| text.as_ref().map(|t| (key, t, factor)))
        {
            let x = self.quantity(&path.key(key), text, unit);
            let words = format!(
                "about {text} ({} to {})",
                unit.show(x / factor),
                unit.show(x * factor)
            );
            (x / factor, x * factor, words)
        } else {
            (f64::NEG_INFINITY, f64::INFINITY, String::new())
        };
        Expectation {
            lo,
            hi,
            tolerance,
            unit,
            words,
        }
    }

    fn metric_unit(&mut self, path: &KeyPath, name: &str) -> Unit {
        match self
            .metrics
            .get(name)
            .map(|m| m.unit)
            .or_else(|| builtin_metric(name).map(|m| m.unit))
        {
            Some(unit) => unit,
            None => {
                let known: Vec<&str> = self.metrics.keys().map(String::as_str).collect();
                let message = format!("unknown metric `{name}` (known: {})", known.join(", "));
                self.problem(path, message);
                Unit::One
            }
        }
    }

    fn statistic(&mut self, path: &KeyPath, text: &str, unit: Unit) -> Statistic {
        match Statistic::parse(text) {
            Ok(Statistic::ShareBelow(limit)) if limit.unit != unit => {
                let message = format!("`{text}` is in {}, but {unit} is measured here", limit.unit);
                self.problem(path, message);
                Statistic::Median
            }
            Ok(statistic) => statistic,
            Err(message) => {
                self.problem(path, message);
                Statistic::Median
            }
        }
    }

    fn quantity(&mut self, path: &KeyPath, text: &str, unit: Unit) -> f64 {
        match text.parse::<Quantity>() {
            Ok(q) if q.unit == unit => q.value,
            Ok(q) => {
                self.problem(
                    path,
                    format!("`{text}` is in {}, but {unit} is measured here", q.unit),
                );
                1.0
            }
            Err(error) => {
                self.problem(path, error.to_string());
                1.0
            }
        }
    }

    fn duration(&mut self, path: &KeyPath, text: &str) -> u64 {
        let ns = self.quantity(path, text, Unit::Nanosecond);
        if ns < 1.0 {
            self.problem(path, "must be longer than nothing");
        }
        ns as u64
    }
}

fn metric(wire: WireMetric) -> Metric {
    let scale = wire.scale.unwrap_or(match wire.unit {
        Unit::One => Scale::Linear,
        Unit::Nanosecond | Unit::Byte | Unit::PerSecond => Scale::Log,
    });
    Metric {
        title: wire.title,
        unit: wire.unit,
        better: wire.better.map(|b| match b {
            WireBetter::Lower => Better::Lower,
            WireBetter::Higher => Better::Higher,
        }),
        scale,
        exact: wire.exact,
        axis: wire.axis,
    }
}

fn selector(wire: WireSelector) -> Selector {
    Selector {
        variant: wire.variant,
        case: wire.case,
        params: lists(wire.params),
    }
}

fn lists(params: BTreeMap<String, Texts>) -> BTreeMap<String, Vec<String>> {
    params
        .into_iter()
        .map(|(name, values)| (name, values.0))
        .collect()
}

fn texts(env: BTreeMap<String, Text>) -> BTreeMap<String, String> {
    env.into_iter()
        .map(|(name, value)| (name, value.0))
        .collect()
}

//! A plausible run of `gc-pauses`: two Go releases, three Rust variants, failures, an unfit control, a claim that
//! depends on the release, and intervals without an end.

use std::collections::BTreeMap;

use super::Inputs;
use crate::record::*;
use crate::spec::*;
use crate::units::Unit;

const NAME: &str = "gc-pauses";

pub(super) struct Fixture {
    pub run: RunFile,
    pub experiments: Vec<Experiment>,
    pub invocations: Vec<Invocation>,
    pub estimates: Vec<Estimate>,
    pub verdicts: Vec<Verdict>,
    pub controls: Vec<Control>,
    pub stops: Vec<CellStop>,
}

impl Fixture {
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            run: &self.run,
            experiments: &self.experiments,
            invocations: &self.invocations,
            estimates: &self.estimates,
            verdicts: &self.verdicts,
            controls: &self.controls,
            stops: &self.stops,
        }
    }
}

/// Between 0 and 1, the same in every run of the tests.
fn noise(i: u32) -> f64 {
    f64::from(i.wrapping_mul(2_654_435_761) >> 8) / f64::from(1u32 << 24)
}

fn texts<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

fn cell(variant: &str, toolchain: &str, gogc: Option<&str>) -> CellKey {
    let mut params = texts([("live-mib", "64")]);
    params.extend(gogc.map(|v| ("gogc".to_owned(), v.to_owned())));
    CellKey {
        experiment: NAME.into(),
        variant: variant.into(),
        toolchain: toolchain.into(),
        case: "churn".into(),
        params,
        copy: 0,
    }
}

/// Cells with their typical 99th percentile in nanoseconds.
fn cells() -> Vec<(CellKey, f64)> {
    vec![
        (cell("go", "1.24.9", Some("50")), 142e3),
        (cell("go", "1.24.9", Some("100")), 118e3),
        (cell("go", "1.24.9", Some("off")), 41e3),
        (cell("go", "1.27.3", Some("50")), 74e3),
        (cell("go", "1.27.3", Some("100")), 61e3),
        (cell("go", "1.27.3", Some("off")), 33e3),
        (cell("rust-drop", "", None), 2.3e6),
        (cell("rust-arena", "", None), 1.7e3),
        (cell("rust-tokio", "", None), 210e3),
    ]
}

fn measure(statistic: Statistic, variant: &str) -> Measure {
    Measure {
        metric: "pause".into(),
        statistic,
        select: Selector {
            variant: Some(variant.into()),
            ..Selector::default()
        },
    }
}

fn claim(id: &str, line: u32, says: &str, judge: Judge) -> Claim {
    Claim {
        id: id.into(),
        question: 3,
        line,
        kind: ClaimKind::Timing,
        says: says.into(),
        also: Vec::new(),
        judge,
        reading: None,
        instead: None,
    }
}

fn metric(title: &str, unit: Unit, axis: Option<&str>) -> Metric {
    Metric {
        title: title.into(),
        unit,
        better: Some(Better::Lower),
        scale: Scale::Log,
        exact: false,
        axis: axis.map(String::from),
    }
}

fn chart(id: &str, title: &str, kind: ChartKind) -> Chart {
    Chart {
        id: id.into(),
        title: title.into(),
        kind,
        metric: "pause".into(),
        statistic: Statistic::Percentile(99.0),
        select: Selector::default(),
        x: None,
        claim: Some("q03-pause-under-100us".into()),
        log_x: true,
        log_y: true,
    }
}

fn experiment() -> Experiment {
    let variant = |name: &str, language, args: &[&str]| Variant {
        name: name.into(),
        language,
        program: NAME.into(),
        build_flags: Vec::new(),
        args: args.iter().map(|a| (*a).to_owned()).collect(),
        env: BTreeMap::new(),
        go_min: None,
    };
    let under = |limit: f64, tolerance: f64, words: &str| Judge::Tested {
        figures: vec![Figure {
            of: measure(Statistic::Percentile(99.0), "go"),
            versus: None,
            expect: Expectation {
                lo: f64::NEG_INFINITY,
                hi: limit,
                tolerance,
                unit: Unit::Nanosecond,
                words: words.into(),
            },
            reading: None,
        }],
        outcomes: Vec::new(),
    };
    let mut pause = claim(
        "q03-pause-under-100us",
        109,
        "A pause typically takes less than 100 µs.",
        under(100e3, 1.5, "under 100 µs"),
    );
    pause.reading =
        Some("\"typically\" is read as the 99th percentile of single stop-the-world phases".into());
    let opinion = Judge::Untestable {
        reason: "a design goal, not a measurement".into(),
    };
    Experiment {
        name: NAME.into(),
        file: "harness/experiments/gc-pauses.toml".into(),
        title: "GC pauses under GOGC and GOMEMLIMIT".into(),
        summary: "A program keeps **64 MiB** of small nodes alive and allocates for two seconds; the runtime counts each stop-the-world phase.".into(),
        analysis: "## What counts as a pause\n\nOne stop-the-world phase, of which a cycle has *two*. Rust frees where the owner goes out of scope, so its \"pause\" is the longest single `drop`.\n\n- What this can't show: heaps of tens of GB.\n- See [the GC guide](https://go.dev/doc/gc-guide).".into(),
        fairness: vec![
            "Both sides allocate the same nodes in the same order from the same seed.".into(),
            "A Go pause stops every goroutine; a Rust drop delays one thread. They are set side by side, not equated.".into(),
        ],
        variants: vec![
            variant("go", Language::Go, &[]),
            variant("rust-drop", Language::Rust, &["--impl=drop"]),
            variant("rust-arena", Language::Rust, &["--impl=arena"]),
            variant("rust-tokio", Language::Rust, &["--impl=tokio"]),
        ],
        params: [
            ("live-mib", "live heap in MiB", None, None),
            ("gogc", "heap growth that starts a collection, in percent", Some("GOGC"), Some("default")),
        ]
        .map(|(name, doc, env, unset): (&str, &str, Option<&str>, Option<&str>)| {
            let param = Param {
                doc: doc.into(),
                env: env.map(String::from),
                unset: unset.map(String::from),
            };
            (name.to_owned(), param)
        })
        .into(),
        metrics: [
            ("pause", metric("one pause", Unit::Nanosecond, None)),
            ("os:peak-memory", metric("peak memory", Unit::Byte, None)),
            ("insert", metric("one insert", Unit::Nanosecond, Some("entries in the map"))),
        ]
        .map(|(name, m)| (name.to_owned(), m))
        .into(),
        matrix: Vec::new(),
        source_probes: Vec::new(),
        tool_probes: Vec::new(),
        claims: vec![
            pause,
            claim("q03-stw-submillisecond", 96, "Pauses stay below a millisecond.", under(1e6, 1.0, "under 1 ms")),
            claim("q03-pause-as-rust-drop", 112, "A pause costs about as much as freeing the same heap in Rust.", under(1.0, 1.5, "about 1x")),
            claim("q03-latency-first", 97, "The collector is designed for latency rather than throughput.", opinion),
        ],
        charts: vec![
            chart("pauses", "Distribution of single pauses", ChartKind::Ecdf),
            chart("p99", "99th percentile of pauses by cell", ChartKind::Intervals),
            Chart {
                x: Some("gogc".into()),
                select: measure(Statistic::Max, "go").select,
                ..chart("gogc", "Pauses over GOGC", ChartKind::Sweep)
            },
            Chart {
                metric: "insert".into(),
                claim: None,
                ..chart("growth", "One insert into a growing map", ChartKind::Growth)
            },
        ],
        pairs: vec![Pair {
            title: "99th percentile of a pause".into(),
            of: measure(Statistic::Percentile(99.0), "go"),
            versus: Measure {
                select: Selector::default(),
                ..measure(Statistic::Percentile(99.0), "go")
            },
        }],
        run: RunRules {
            min_blocks: 6,
            max_blocks: 12,
            precision: 0.05,
            timeout_ns: 20_000_000_000,
            budget_ns: 60_000_000_000,
            env: texts([("GOMAXPROCS", "2")]),
        },
    }
}

fn records(cell: &CellKey, typical: f64, seed: u32) -> Vec<Record> {
    let mut records = Vec::new();
    if cell.variant == "go" {
        let bounds: Vec<f64> = [f64::NEG_INFINITY]
            .into_iter()
            .chain((0..24).map(|i| 1e3 * 1.4f64.powi(i)))
            .chain([f64::INFINITY])
            .collect();
        let counts = bounds
            .windows(2)
            .map(|b| {
                let away = (b[0].max(500.0) / (typical * 0.4)).ln();
                (40.0 * (-away * away * 1.4).exp()) as u64
            })
            .collect();
        records.push(Record::Hist(Histogram {
            metric: "pause".into(),
            unit: Unit::Nanosecond,
            bounds,
            counts,
            max: Some(typical * (1.2 + noise(seed))),
        }));
    }
    let sample = |metric: &str, ops: u64, value: f64, at| {
        Record::Sample(Sample {
            metric: metric.into(),
            unit: Unit::Nanosecond,
            phase: Phase::Measure,
            ops,
            value,
            at,
        })
    };
    for i in 0..60 {
        if cell.variant != "go" {
            let value =
                typical * (0.3 + 0.7 * noise(seed * 131 + i)) * if i % 29 == 0 { 1.6 } else { 1.0 };
            records.push(sample("pause", 4, value * 4.0, None));
        }
        let at = 16.0 * 1.2f64.powi(i as i32).round();
        let grows = i % 8 == 0;
        let insert = 40.0 * (1.0 + 0.5 * noise(seed * 17 + i)) + if grows { at * 6.0 } else { 0.0 };
        records.push(sample("insert", 1, insert, Some(at)));
    }
    records
}

fn invocations() -> Vec<Invocation> {
    let mut all = Vec::new();
    for block in 0..8u32 {
        for (slot, (cell, typical)) in (0u32..).zip(cells()) {
            let seed = block * 100 + slot;
            let failed = match (block, slot) {
                (2, 0) => Some((
                    RunEnd::TimedOut {
                        after_ns: 20_000_000_000,
                        killed: true,
                    },
                    ProbeEnd::Truncated {
                        seen: 12,
                        announced: None,
                    },
                    "",
                )),
                (5, 6) => Some((
                    RunEnd::Signalled { signal: 6 },
                    ProbeEnd::Complete,
                    "thread 'main' panicked:\nmemory allocation of 67108864 bytes failed <|>",
                )),
                _ => None,
            };
            let records = records(&cell, typical, seed);
            let (end, probe, stderr) =
                failed.unwrap_or((RunEnd::Exited { code: 0 }, ProbeEnd::Complete, ""));
            let mut invocation = Invocation {
                format: INVOCATION_FORMAT,
                id: InvocationId(format!("b{block}-s{slot}")),
                cell,
                block,
                slot,
                attempt: 0,
                seed: u64::from(seed),
                env_pad: 17,
                layout: 0,
                started: "2026-11-24T06:30:00Z".into(),
                wall_ns: 2_000_000_000,
                overhead_ns: 3_000_000,
                harness_cpu_ns: 1_000_000,
                end,
                probe,
                usage: Usage::default(),
                noise: NoiseDelta::default(),
                disturbed: (seed == 304).then(|| Disturbance {
                    reason: "steal of 7 %, limit 2 %".into(),
                }),
                records: Vec::new(),
                samples: Vec::new(),
                warnings: Vec::new(),
                stderr_tail: stderr.into(),
            };
            invocation.take_records(records);
            all.push(invocation);
        }
    }
    all
}

fn estimate(
    cell: &CellKey,
    versus: Option<&CellKey>,
    statistic: &str,
    center: f64,
    half: f64,
) -> Estimate {
    let against = versus.map(|v| format!(" : {v}")).unwrap_or_default();
    Estimate {
        id: format!("pause/{statistic} @ {cell}{against}"),
        cell: cell.clone(),
        versus: versus.cloned(),
        metric: "pause".into(),
        statistic: statistic.into(),
        unit: Unit::Nanosecond,
        center,
        lo: center / (1.0 + half),
        hi: center * (1.0 + half),
        confidence: 0.95,
        n: 8,
        scale: Scale::Log,
        values: (0..8)
            .map(|i| center * (0.85 + 0.3 * noise(i + 7)))
            .collect(),
        warnings: Vec::new(),
    }
}

fn estimates() -> Vec<Estimate> {
    let cells = cells();
    let mut all = Vec::new();
    for (cell, typical) in &cells {
        all.push(estimate(cell, None, "p99", *typical, 0.12));
        all.push(estimate(cell, None, "median", *typical * 0.4, 0.06));
    }
    all[0].n = 7;
    all[0].warnings = vec![Warning::Failed { count: 1 }];
    // GOGC=off hardly collects: two usable invocations and no interval.
    all[10].n = 2;
    all[10].lo = 0.0;
    all[10].hi = f64::INFINITY;
    all[10].warnings = vec![
        Warning::TooFewInvocations { have: 2, need: 6 },
        Warning::PercentileNeedsMore { have: 4, need: 100 },
    ];
    let (go, _) = &cells[4];
    all.push(estimate(go, Some(&cells[6].0), "p99", 61e3 / 2.3e6, 0.16));
    all.push(estimate(go, Some(&cells[7].0), "p99", 35.9, 0.16));
    all.push(Estimate {
        lo: 0.0,
        hi: f64::INFINITY,
        n: 2,
        ..estimate(go, Some(&cells[8].0), "p99", 0.29, 0.1)
    });
    all.push(estimate(&cells[3].0, Some(&cells[8].0), "p99", 1.02, 0.06));
    all
}

fn verdict(
    claim: &str,
    kind: VerdictKind,
    reason: &str,
    per_toolchain: Vec<VariantVerdict>,
) -> Verdict {
    Verdict {
        claim: claim.into(),
        experiment: NAME.into(),
        kind,
        reason: reason.into(),
        per_toolchain,
        downgraded_from: None,
        instead: None,
    }
}

fn verdicts() -> Vec<Verdict> {
    let on = |toolchain: &str, kind, shows: &str| VariantVerdict {
        toolchain: toolchain.into(),
        kind,
        reason: format!("{shows} against under 100 µs"),
        evidence: vec![Evidence {
            id: format!("pause/p99 @ go@{toolchain} churn gogc=100 live-mib=64"),
            shows: shows.into(),
        }],
        p: None,
    };
    let mut pause = verdict(
        "q03-pause-under-100us",
        VerdictKind::VersionDependent,
        "refuted on 1.24.9 (118 µs, 105 to 132), confirmed since 1.27.3 (61.0 µs, 54.5 to 68.3)",
        vec![
            on("1.24.9", VerdictKind::Refuted, "118 µs (105 to 132)"),
            on("1.27.3", VerdictKind::Confirmed, "61.0 µs (54.5 to 68.3)"),
        ],
    );
    pause.instead = Some(Box::new(Instead {
        says: "A pause typically takes tens of microseconds.".into(),
        kind: VerdictKind::Confirmed,
        reason: "both releases lie between 10 and 200 µs".into(),
    }));
    let mut rust = verdict(
        "q03-pause-as-rust-drop",
        VerdictKind::Inconclusive,
        "a failed control took it down: 0.027x (0.023x to 0.031x) against about 1x",
        Vec::new(),
    );
    rust.downgraded_from = Some(VerdictKind::Refuted);
    vec![
        verdict(
            "q03-latency-first",
            VerdictKind::Untestable,
            "a design goal, not a measurement",
            Vec::new(),
        ),
        pause,
        verdict(
            "q03-stw-submillisecond",
            VerdictKind::Confirmed,
            "142 µs (127 to 159) at most, against under 1 ms",
            vec![
                on("1.24.9", VerdictKind::Confirmed, "142 µs (127 to 159)"),
                on("1.27.3", VerdictKind::Confirmed, "74.0 µs (66.1 to 82.9)"),
            ],
        ),
        rust,
    ]
}

fn run() -> RunFile {
    let build =
        |variant: &str, toolchain: &str, go_line: Option<&str>, flags: &str, binary: &str| {
            BuildReceipt {
                experiment: NAME.into(),
                variant: variant.into(),
                toolchain: toolchain.into(),
                go_line: go_line.map(String::from),
                flags: vec![flags.into()],
                inputs: "0".repeat(64),
                binary: binary.repeat(8),
                other_layouts: Vec::new(),
                settings: BTreeMap::new(),
            }
        };
    RunFile {
        format: RUN_FORMAT,
        id: "20261124T063000Z-42".into(),
        created: "2026-11-24T06:30:00Z".into(),
        harness: "0.1.0".into(),
        revision: Some("3f2a91c-dirty".into()),
        command_line: ["harness", "run", NAME, "--go", "1.24,1.27", "--seed", "42"].map(String::from).to_vec(),
        profile: "standard".into(),
        seed: 42,
        budget_ns: Some(60_000_000_000),
        overrides: [("live-mib".to_owned(), vec!["64".to_owned()])].into(),
        only_claims: Default::default(),
        go_versions: Vec::new(),
        control: true,
        experiments: vec![NAME.into()],
        definitions: BTreeMap::new(),
        host: HostFacts {
            kernel: "Linux 6.1.0-18-amd64".into(),
            arch: "x86_64".into(),
            cpu_model: "AMD EPYC 7B13 64-Core Processor".into(),
            microcode: Some("0xa0011d5".into()),
            cpus: 2,
            memory: 8 << 30,
            hypervisor: Some("KVM".into()),
            aslr: Some(true),
            clock_step_ns: Some(1.0),
            clock_cost_ns: Some(22.0),
            ..HostFacts::default()
        },
        builds: vec![
            build("go", "go1.24.9", Some("1.24"), "-trimpath", "a1b2c3d4"),
            build("go", "go1.27.3", Some("1.27"), "-trimpath", "b7c8d9e0"),
            build("rust-drop", "rustc 1.95.0", None, "--profile measured", "c0ffee12"),
        ],
        missing: vec!["go 1.25: not found on PATH, in ~/sdk or in the cache; `harness toolchain install 1.25` gets it".into()],
    }
}

pub(super) fn fixture() -> Fixture {
    let cells = cells();
    Fixture {
        run: run(),
        experiments: vec![experiment()],
        invocations: invocations(),
        estimates: estimates(),
        verdicts: verdicts(),
        controls: vec![
            Control {
                kind: ControlKind::Null,
                experiment: NAME.into(),
                cell: cells[4].0.clone(),
                ratio: None,
                passed: false,
                says: "the same program twice differs by 1.09x (1.03x to 1.15x)".into(),
            },
            Control {
                kind: ControlKind::Positive,
                experiment: NAME.into(),
                cell: cells[4].0.clone(),
                ratio: None,
                passed: true,
                says: "a slow-down of 1.25x was found as 1.24x (1.19x to 1.30x)".into(),
            },
        ],
        stops: cells
            .iter()
            .enumerate()
            .map(|(i, (cell, _))| CellStop {
                cell: cell.clone(),
                invocations: if i == 5 { 2 } else { 8 },
                reason: [StopReason::Decided, StopReason::Precise, StopReason::Budget][i % 3],
            })
            .collect(),
    }
}

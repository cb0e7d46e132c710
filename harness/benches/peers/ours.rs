//! The harness itself: blocks of two fresh processes in random order, and a confidence sequence on their log ratio.
//!
//! The decision is that of the product's A/A control: the interval at 1 % excludes a ratio of 1. It may be looked at
//! after every block, so a difference stands from the first look that shows it. Measuring goes on to the end of the
//! budget all the same, so that a looser threshold can be asked of the same data afterwards.

use std::time::Duration;

use harness::exec::PAD_VARIABLE;
use harness::plan::order;
use harness::probe::Parser;
use harness::record::{InvocationId, Phase, ProbeEnd, Record};
use harness::stats::{Alpha, Paired, PerInvocation, anytime, quantile};

use super::child::{Budget, Children};
use super::plan::Comparison;
use super::raw::{Call, Found, Work};
use super::tools::{PROGRAM, Programs, UNITS_PER_OP};

/// The product's level for the question whether two cells differ at all (`analysis/controls.rs`).
const ALPHA: Alpha = Alpha::ONE_PERCENT;

/// Samples of a process that are thrown away, and those that count: many short processes tell more than few long ones,
/// since the machine changes its pace from one tenth of a second to the next.
const WARMUP: u32 = 1;
/// See [`WARMUP`].
const SAMPLES: u32 = 4;

/// Largest evidence that is told apart, as `-log10 p`.
const MOST_EVIDENCE: f64 = 12.0;

pub fn compare(
    children: &mut Children,
    programs: &Programs,
    work: Work,
    seed: u64,
    comparison: &Comparison,
    whole: Duration,
) -> Result<Found, String> {
    let id = comparison.id();
    let budget = Budget::start(whole);
    let mut sides: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    let mut sequence = Sequence::default();
    let mut block = 0;
    while block == 0 || budget.has_room_after(block) {
        for side in order::block_order(seed, &id, block, 2) {
            let extra = if side == 0 {
                0
            } else {
                comparison.slowdown_percent
            };
            let invocation = Invocation {
                body: &comparison.body,
                ops: work.ops,
                extra,
                seed: order::program_seed(seed, &id, block),
                pad: order::env_pad(&InvocationId(format!("{id} {block} {side}"))),
            };
            let program = programs.probe(comparison.language)?;
            sides[side].push(invocation.run(children, program)?);
        }
        block += 1;
        sequence.look(&sides, budget.used())?;
    }
    let [a, b] = sides;
    Ok(sequence.into_found(a, b))
}

/// One process.
struct Invocation<'a> {
    body: &'a str,
    ops: u64,
    extra: u64,
    seed: u64,
    pad: u32,
}

impl Invocation<'_> {
    /// The median time of an operation in nanoseconds.
    fn run(&self, children: &mut Children, program: &std::path::Path) -> Result<f64, String> {
        let args = [
            format!("--case={}", self.body),
            format!("--ops={}", self.ops),
            format!("--warmup={WARMUP}"),
            format!("--samples={SAMPLES}"),
            format!("--extra-percent={}", self.extra),
            format!("--seed={}", self.seed),
        ];
        let pad = [(PAD_VARIABLE, "x".repeat(self.pad as usize))];
        let mut parser = Parser::new(PROGRAM);
        children.run(program, &args, &pad, &mut |line| {
            // What is wrong with a line is told at the end.
            let _progress = parser.push(line.bytes, line.end);
        })?;
        let parsed = parser.finish();
        if parsed.end != ProbeEnd::Complete {
            return Err(format!("{} said {:?}", program.display(), parsed.end));
        }
        let units = self.ops * (UNITS_PER_OP + self.extra) * u64::from(WARMUP + SAMPLES);
        figure(&parsed.records, units)
    }
}

/// The median of an invocation, where it did just `units` units of work.
fn figure(records: &[Record], units: u64) -> Result<f64, String> {
    let mut times = Vec::new();
    for record in records {
        match record {
            Record::Sample(sample) if sample.phase == Phase::Measure => {
                times.push(sample.value / sample.ops as f64);
            }
            Record::Check { value } if *value != units.to_string() => {
                return Err(format!("{value} units of work were done, not {units}"));
            }
            _ => {}
        }
    }
    quantile::median(&times).ok_or_else(|| "an invocation without samples".to_owned())
}

/// The looks at a growing number of blocks.
#[derive(Debug, Default)]
struct Sequence {
    decided: Option<(Call, Duration)>,
    evidence: f64,
    says: String,
    ratio: f64,
}

impl Sequence {
    fn look(&mut self, sides: &[Vec<f64>; 2], used: Duration) -> Result<(), String> {
        let side = |i: usize| PerInvocation::new(sides[i].clone()).map_err(|e| e.to_string());
        let paired = Paired::new(&side(1)?, &side(0)?).map_err(|e| e.to_string())?;
        let ratios = paired.log_ratios();
        let interval = anytime::interval(ratios, ALPHA);
        self.ratio = interval.center.exp();
        self.evidence = self.evidence.max(evidence(ratios));
        if self.decided.is_none() {
            let shown = interval.exp();
            self.says = format!(
                "{:.4}x ({:.4} to {:.4}, {} pairs)",
                shown.center,
                shown.lo,
                shown.hi,
                ratios.len()
            );
            let call = call(interval.lo, interval.hi);
            if call != Call::Same {
                self.decided = Some((call, used));
            }
        }
        Ok(())
    }

    fn into_found(self, a: Vec<f64>, b: Vec<f64>) -> Found {
        Found {
            call: self.decided.map_or(Call::Same, |(call, _)| call),
            ratio: self.ratio,
            evidence: self.evidence,
            decided_s: self.decided.map(|(_, used)| used.as_secs_f64()),
            says: self.says,
            a,
            b,
        }
    }
}

/// A log ratio that may lie from `lo` to `hi`.
fn call(lo: f64, hi: f64) -> Call {
    if lo > 0.0 {
        Call::Slower
    } else if hi < 0.0 {
        Call::Faster
    } else {
        Call::Same
    }
}

/// `-log10` of the smallest level at which the interval excludes a ratio of 1: the anytime-valid p of this look.
fn evidence(ratios: &PerInvocation) -> f64 {
    let excludes = |evidence: f64| {
        Alpha::new(10_f64.powf(-evidence)).is_ok_and(|alpha| {
            let interval = anytime::interval(ratios, alpha);
            call(interval.lo, interval.hi) != Call::Same
        })
    };
    let (mut lo, mut hi) = (0.0, MOST_EVIDENCE);
    if excludes(hi) {
        return hi;
    }
    while hi - lo > 1e-3 {
        let middle = f64::midpoint(lo, hi);
        if excludes(middle) {
            lo = middle;
        } else {
            hi = middle;
        }
    }
    lo
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pairs` of 100 ns and `factor` times that, with a spread of 1 %.
    fn sides(factor: f64, pairs: usize) -> [Vec<f64>; 2] {
        let noise = |i: usize| 1.0 + 0.01 * ((i * 7919) % 13) as f64 / 13.0;
        [
            (0..pairs).map(|i| 100.0 * noise(i)).collect(),
            (0..pairs).map(|i| 100.0 * factor * noise(i + 5)).collect(),
        ]
    }

    fn looked(factor: f64) -> Found {
        let mut sequence = Sequence::default();
        for pairs in 1..=40 {
            let used = Duration::from_secs(pairs as u64);
            sequence.look(&sides(factor, pairs), used).unwrap();
        }
        let [a, b] = sides(factor, 40);
        sequence.into_found(a, b)
    }

    #[test]
    fn a_difference_stands_from_the_first_look_that_shows_it() {
        let slower = looked(1.05);
        assert_eq!(slower.call, Call::Slower);
        let pairs = slower.decided_s.unwrap();
        assert!((5.0..15.0).contains(&pairs), "after {pairs} pairs");
        assert!(
            slower.says.ends_with(&format!("{pairs:.0} pairs)")),
            "{}",
            slower.says
        );
        assert_eq!(looked(1.0 / 1.05).call, Call::Faster);
        let same = looked(1.0);
        assert_eq!((same.call, same.decided_s), (Call::Same, None));
    }

    #[test]
    fn evidence_is_2_where_the_interval_at_1_percent_touches_1() {
        for factor in [1.0, 1.003, 1.01, 1.05] {
            let found = looked(factor);
            assert_eq!(found.call != Call::Same, found.evidence > 2.0, "{factor}");
        }
    }

    #[test]
    fn a_program_that_did_other_work_gives_no_figure() {
        let check = |value: &str| Record::Check {
            value: value.to_owned(),
        };
        assert!(
            figure(&[check("100")], 105)
                .unwrap_err()
                .contains("100 units")
        );
        assert!(
            figure(&[check("105")], 105)
                .unwrap_err()
                .contains("without samples")
        );
    }
}

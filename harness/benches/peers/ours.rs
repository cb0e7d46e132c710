//! The harness itself: blocks of two fresh processes in random order, and an interval of their log ratio.
//!
//! The decision is that of the product's A/A control: the interval at 0.5 % excludes a ratio of 1. Half of that is for a
//! confidence sequence, which may be looked at after every block, so that a difference stands from the first look that shows
//! it; half for a last look when the time is over. Measuring goes on to the end of the budget all the same, so that a looser
//! threshold can be asked of the same data afterwards. The decision follows from the recorded times, and the tables derive
//! it from them again.

use std::time::Duration;

use harness::exec::PAD_VARIABLE;
use harness::plan::order;
use harness::probe::Parser;
use harness::record::{InvocationId, Phase, ProbeEnd, Record};
use harness::stats::{Alpha, Interval, Paired, PerInvocation, StatsError, anytime, quantile};

use super::child::{Budget, Children};
use super::plan::Comparison;
use super::raw::{Call, Found, Work};
use super::tools::{PROGRAM, Programs, UNITS_PER_OP};

/// The product's level for the question whether two cells differ at all (`analysis/controls.rs`).
const ALPHA: Alpha = Alpha::HALF_A_PERCENT;

/// Samples of a process that are thrown away, and those that count: many short processes tell more than few long ones,
/// since the machine changes its pace from one tenth of a second to the next.
const WARMUP: u32 = 1;
/// See [`WARMUP`].
const SAMPLES: u32 = 4;

/// Largest evidence that is told apart, as `-log10 p`.
const MOST_EVIDENCE: f64 = 12.0;

/// To which it is found.
const EVIDENCE_STEP: f64 = 1e-3;

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
    }
    let [a, b] = sides;
    judge(a, b, budget.used())
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

/// What the times of two sides show, by pairs, that were measured in `whole`: looked at after each pair, and at the end.
pub fn judge(a: Vec<f64>, b: Vec<f64>, whole: Duration) -> Result<Found, String> {
    let paired = |pairs: usize| {
        let side = |values: &[f64]| PerInvocation::new(values[..pairs].to_vec());
        Paired::new(&side(&b)?, &side(&a)?)
    };
    let looks = (1..=a.len().min(b.len())).map(paired);
    let looks: Result<Vec<Paired>, StatsError> = looks.collect();
    let looks = looks.map_err(|e| e.to_string())?;
    let Some(last) = looks.last() else {
        return Err("no pair was measured".to_owned());
    };
    let shown = |pairs: &Paired, interval: Interval| {
        let ratio = interval.exp();
        format!(
            "{:.4}x ({:.4} to {:.4}, {} pairs)",
            ratio.center,
            ratio.lo,
            ratio.hi,
            pairs.log_ratios().len()
        )
    };
    let on_the_way = |pairs: &Paired| anytime::interval(pairs.log_ratios(), ALPHA.half());
    let end = anytime::at_the_end(last, ALPHA);
    let (call, decided, says) = looks
        .iter()
        .map(|pairs| (pairs, on_the_way(pairs)))
        .find(|(_, interval)| call(*interval) != Call::Same)
        .map_or_else(
            || (call(end), last, shown(last, end)),
            |(pairs, interval)| (call(interval), pairs, shown(pairs, interval)),
        );
    let share = decided.log_ratios().len() as f64 / looks.len() as f64;
    Ok(Found {
        call,
        ratio: end.center.exp(),
        evidence: evidence(&looks, last),
        decided_s: (call != Call::Same).then_some(share * whole.as_secs_f64()),
        says,
        a,
        b,
    })
}

/// What an interval of a log ratio says.
fn call(interval: Interval) -> Call {
    if interval.lo > 0.0 {
        Call::Slower
    } else if interval.hi < 0.0 {
        Call::Faster
    } else {
        Call::Same
    }
}

/// `-log10` of the smallest level at which a difference would have been called, at whatever look.
fn evidence(looks: &[Paired], last: &Paired) -> f64 {
    let on_the_way = looks.iter().fold(0.0, |least, pairs| {
        strongest(least, |alpha| {
            anytime::interval(pairs.log_ratios(), alpha.half())
        })
    });
    strongest(on_the_way, |alpha| anytime::at_the_end(last, alpha))
}

/// The larger of `least` and the `-log10` of the smallest level at which `interval` excludes a ratio of 1.
fn strongest(least: f64, interval: impl Fn(Alpha) -> Interval) -> f64 {
    let excludes = |evidence: f64| {
        Alpha::new(10_f64.powf(-evidence)).is_ok_and(|alpha| call(interval(alpha)) != Call::Same)
    };
    let (mut lo, mut hi) = (least, MOST_EVIDENCE);
    if excludes(hi) {
        return hi;
    }
    // Most looks show no more than one before them.
    if !excludes(lo + EVIDENCE_STEP) {
        return lo;
    }
    while hi - lo > EVIDENCE_STEP {
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
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// `pairs` of 100 ns and `factor` times that, with a spread of 1 %.
    fn sides(factor: f64, pairs: usize) -> [Vec<f64>; 2] {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut side = |time: f64| -> Vec<f64> {
            let noise = || 1.0 + 0.01 * rng.random::<f64>();
            std::iter::repeat_with(noise)
                .take(pairs)
                .map(|noise| time * noise)
                .collect()
        };
        [side(100.0), side(100.0 * factor)]
    }

    /// Forty pairs in forty seconds.
    fn looked(factor: f64) -> Found {
        let [a, b] = sides(factor, 40);
        judge(a, b, Duration::from_secs(40)).unwrap()
    }

    #[test]
    fn a_difference_stands_from_the_first_look_that_shows_it() {
        let slower = looked(1.05);
        assert_eq!(slower.call, Call::Slower);
        let pairs = slower.decided_s.unwrap();
        assert!((5.0..20.0).contains(&pairs), "after {pairs} pairs");
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
    fn the_last_look_finds_what_no_look_on_the_way_did() {
        // 28 of 40 pairs are slower: 2 P(Bin <= 12) = 0.017. All looks together need 1 in 41 P(Bin = 12), which is 0.21.
        let (a, mut b) = (vec![100.0; 40], vec![101.0; 40]);
        for slot in b.iter_mut().step_by(3).take(12) {
            *slot = 99.0;
        }
        let found = judge(a.clone(), b.clone(), Duration::from_secs(40)).unwrap();
        assert_eq!(found.call, Call::Same, "{}", found.says);
        // Half of the level is for the looks on the way, and between 0.0064 (11) and 0.017 (12) the end is interpolated.
        let bounds = -(2.0 * 0.017_f64).log10()..-(2.0 * 0.0064_f64).log10();
        assert!(bounds.contains(&found.evidence), "{}", found.evidence);
        b[0] = 101.0;
        assert!(judge(a, b, Duration::from_secs(40)).unwrap().evidence > found.evidence);
        assert!(judge(Vec::new(), Vec::new(), Duration::ZERO).is_err());
    }

    #[test]
    fn evidence_is_beyond_the_level_where_a_difference_is_called() {
        for factor in [1.0, 1.001, 1.002, 1.003, 1.01, 1.05] {
            let found = looked(factor);
            let level = -ALPHA.get().log10();
            assert_eq!(found.call != Call::Same, found.evidence > level, "{factor}");
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

//! From figures to words.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Figures, Operation, Process, Tool};
use crate::stats::interval::median_interval;
use crate::stats::{Alpha, Interval, Paired, PerInvocation, StatsError};

/// How far our probe may be from the tool that people trust, and one language's chain from the other's: half of what
/// the positive control of a run must see.
const TOLERANCE: f64 = 0.05;

/// The same for a channel: who runs when and where is the scheduler's choice, and differs between processes more than
/// clocks do.
const CHANNEL_TOLERANCE: f64 = 0.10;

/// How far the yardstick may be off: what a loop around the chain, a timer interrupt and the clock may cost together.
const YARDSTICK_TOLERANCE: f64 = 0.02;

/// Cycles of a dependent 64-bit multiplication on x86-64: 3 on every core of Intel since Nehalem and of AMD since Zen
/// (Agner Fog, "Instruction tables"; uops.info). An addition is 1. On ARM it is 2 to 5, so nothing is judged there.
const X86_MUL_CYCLES: f64 = 3.0;

/// Twice the operations must take this many times as long.
const DOUBLED: (f64, f64) = (1.8, 2.2);

/// Fewest blocks from which an interval is made.
const MIN_BLOCKS: usize = 3;

/// What the judgement needs to know of the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// `x86_64`, `aarch64`.
    pub arch: String,
    /// Whether a hypervisor is known: then the stated clock is the nominal one.
    pub is_virtual: bool,
}

/// How a comparison came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(schemars::JsonSchema)]
pub enum Word {
    /// The interval lies within the range.
    Agrees,
    /// The interval lies outside of the range.
    Disagrees,
    /// Neither: more blocks, or a quieter machine, would tell.
    Undecided,
    /// What it must be is not known here.
    NotKnown,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Word::Agrees => "agrees",
            Word::Disagrees => "disagrees",
            Word::Undecided => "undecided",
            Word::NotKnown => "not known",
        })
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Row {
    /// What is compared.
    pub subject: String,
    /// The ratio with its 95 % interval, absent where there are too few blocks.
    pub ratio: Option<Ratio>,
    /// Range that the ratio must lie in.
    pub range: (f64, f64),
    /// Blocks in which both sides have a figure.
    pub blocks: u32,
    /// The judgement.
    pub word: Word,
    /// Why it is not simply interval against range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A ratio with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Ratio {
    /// Median over the blocks.
    pub center: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

/// All comparisons, in the order in which they are shown.
pub fn compare(processes: &[Process], machine: &Machine) -> Vec<Row> {
    let table = Table::new(processes);
    let mut rows = Vec::new();
    for operation in Operation::ALL {
        let tolerance = match operation {
            Operation::RoundTrip => CHANNEL_TOLERANCE,
            _ => TOLERANCE,
        };
        for (ours, theirs) in [
            (Tool::GoProbe, Tool::GoBench),
            (Tool::RustProbe, Tool::Criterion),
        ] {
            let subject = format!("{}, {} : {}", operation.name(), ours.name(), theirs.name());
            let (ours, theirs) = ((ours, operation), (theirs, operation));
            let ratio = table.ratio(ours, theirs, MEAN);
            let mut row = row(subject, &ratio, around(1.0, tolerance));
            if row.word == Word::Disagrees && (table.is_busy(ours) || table.is_busy(theirs)) {
                row.word = Word::Undecided;
                row.note = Some("the machine was too busy to say so".to_owned());
            }
            rows.push(row);
        }
    }
    for operation in [Operation::Adds, Operation::Muls] {
        let (go, rust) = ((Tool::GoProbe, operation), (Tool::RustProbe, operation));
        let subject = format!("{}, Go : Rust", operation.name());
        let ratio = table.ratio(go, rust, FASTEST);
        let mut row = row(subject, &ratio, around(1.0, TOLERANCE));
        let (mine, theirs) = (table.checks(go), table.checks(rust));
        if !mine.is_empty() && !theirs.is_empty() && mine != theirs {
            row.word = Word::Disagrees;
            row.note = Some("the two did different work".to_owned());
        }
        rows.push(row);
    }
    for tool in [Tool::GoProbe, Tool::RustProbe] {
        rows.push(table.multiplication(tool, machine));
    }
    for tool in [Tool::GoProbe, Tool::RustProbe] {
        rows.push(table.cycles(tool, machine));
    }
    for operation in Operation::ALL {
        for tool in [Tool::GoProbe, Tool::RustProbe] {
            let subject = format!("twice the {}, {}", operation.name(), tool.name());
            let doubled = table.values((tool, operation), |process, figures| {
                figures.doubled.map(|d| (process.block, d))
            });
            rows.push(row(subject, &logs(doubled), DOUBLED));
        }
    }
    rows
}

type Statistic = fn(&Figures) -> Option<f64>;
/// All time by all operations: the one figure that does not depend on how a tool cuts its time into batches. With batches
/// of other lengths, medians and minima take in another share of what other processes cost.
const MEAN: Statistic = |figures| Some(figures.mean_ns);
/// For a chain against a chain in equal batches.
const FASTEST: Statistic = |figures| figures.fastest_ns;

fn around(target: f64, tolerance: f64) -> (f64, f64) {
    (target / (1.0 + tolerance), target * (1.0 + tolerance))
}

/// Interval against range.
fn judge(interval: &Interval, (lo, hi): (f64, f64)) -> Word {
    if lo <= interval.lo && interval.hi <= hi {
        Word::Agrees
    } else if interval.hi < lo || hi < interval.lo {
        Word::Disagrees
    } else {
        Word::Undecided
    }
}

/// A row of log ratios, one a block.
fn row(subject: String, logs: &Result<PerInvocation, StatsError>, range: (f64, f64)) -> Row {
    let mut row = Row {
        subject,
        ratio: None,
        range,
        blocks: 0,
        word: Word::Undecided,
        note: None,
    };
    match logs {
        Ok(logs) => {
            row.blocks = u32::try_from(logs.len()).unwrap_or(u32::MAX);
            if logs.len() >= MIN_BLOCKS {
                let interval = median_interval(logs, Alpha::FIVE_PERCENT).exp();
                row.word = judge(&interval, range);
                row.ratio = Some(Ratio {
                    center: interval.center,
                    lo: interval.lo,
                    hi: interval.hi,
                });
            } else {
                row.note = Some(format!("fewer than {MIN_BLOCKS} blocks"));
            }
        }
        Err(StatsError::Empty) => row.note = Some("no block has a figure".to_owned()),
        Err(error) => row.note = Some(error.to_string()),
    }
    row
}

fn logs(values: BTreeMap<u32, f64>) -> Result<PerInvocation, StatsError> {
    PerInvocation::new(values.into_values().collect())?.logs()
}

/// Processes by what they timed.
struct Table<'a>(BTreeMap<(Tool, Operation), Vec<&'a Process>>);

impl<'a> Table<'a> {
    fn new(processes: &'a [Process]) -> Table<'a> {
        let mut table: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for process in processes {
            let key = (process.tool, process.operation);
            table.entry(key).or_default().push(process);
        }
        Table(table)
    }

    fn of(&self, key: (Tool, Operation)) -> impl Iterator<Item = &'a Process> {
        self.0.get(&key).into_iter().flatten().copied()
    }

    /// One value a block.
    fn values(
        &self,
        key: (Tool, Operation),
        of: impl Fn(&Process, &Figures) -> Option<(u32, f64)>,
    ) -> BTreeMap<u32, f64> {
        self.of(key)
            .filter_map(|process| of(process, process.figures.as_ref()?))
            .collect()
    }

    /// What the processes say of their work, each once.
    fn checks(&self, key: (Tool, Operation)) -> Vec<&'a str> {
        let mut checks: Vec<&str> = self.of(key).filter_map(|p| p.check.as_deref()).collect();
        checks.sort_unstable();
        checks.dedup();
        checks
    }

    /// Whether others disturbed more than half of the processes: then a tool that works longer at a time suffers more.
    fn is_busy(&self, key: (Tool, Operation)) -> bool {
        let disturbed = self.of(key).filter(|p| p.disturbed.is_some()).count();
        2 * disturbed > self.of(key).count()
    }

    /// Log ratios within the blocks that have both.
    fn ratio(
        &self,
        above: (Tool, Operation),
        below: (Tool, Operation),
        statistic: Statistic,
    ) -> Result<PerInvocation, StatsError> {
        let of = |key| self.values(key, |p, figures| Some((p.block, statistic(figures)?)));
        let (above, below) = (of(above), of(below));
        let (above, below): (Vec<f64>, Vec<f64>) = above
            .iter()
            .filter_map(|(block, a)| Some((*a, *below.get(block)?)))
            .unzip();
        let paired = Paired::new(&PerInvocation::new(above)?, &PerInvocation::new(below)?)?;
        Ok(paired.log_ratios().clone())
    }

    /// A yardstick that needs no clock frequency.
    fn multiplication(&self, tool: Tool, machine: &Machine) -> Row {
        let (muls, adds) = ((tool, Operation::Muls), (tool, Operation::Adds));
        let ratio = self.ratio(muls, adds, FASTEST);
        let subject = format!("a mul in adds, {}", tool.name());
        let mut row = row(subject, &ratio, around(X86_MUL_CYCLES, YARDSTICK_TOLERANCE));
        if machine.arch != "x86_64" {
            row.word = Word::NotKnown;
            row.note = Some("cores of this architecture differ".to_owned());
        }
        row
    }

    /// Cycles an addition at the clock that the system states.
    fn cycles(&self, tool: Tool, machine: &Machine) -> Row {
        let cycles = self.values((tool, Operation::Adds), |process, figures| {
            let cycles = figures.fastest_ns? * process.stated_mhz? / 1e3;
            Some((process.block, cycles))
        });
        let is_stated = !cycles.is_empty();
        let subject = format!("cycles an add, {}", tool.name());
        let mut row = row(subject, &logs(cycles), around(1.0, TOLERANCE));
        let why = match (is_stated, machine.is_virtual) {
            (false, _) => Some("the system states no clock"),
            // A guest is told the rate of its time stamp counter, whatever the core does.
            (true, true) => Some("a guest is told the nominal clock, not the core's"),
            (true, false) => None,
        };
        if let Some(why) = why {
            row.word = Word::NotKnown;
            row.note = Some(why.to_owned());
        }
        row
    }
}

#[cfg(test)]
mod tests;

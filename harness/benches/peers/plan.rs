//! Which comparisons are made, and in which order: a pure function of the seed and the counts.

use std::fmt;

use clap::ValueEnum;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// The bodies, by the names that the programs know them by.
pub const BODIES: [&str; 5] = ["map-get", "spawn", "ping-pong", "allocation", "sort"];

/// Injected slow-downs in percent, beside none.
pub const SLOWDOWNS: [u64; 3] = [2, 5, 10];

/// A tool that says whether B differs from A.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// Ours.
    Harness,
    /// `hyperfine -N`, judged by Welch's t test as its `scripts/welch_ttest.py` does.
    Hyperfine,
    /// criterion with a saved baseline.
    Criterion,
    /// `go test -bench` and `benchstat`.
    GoBench,
}

impl Tool {
    /// All of them, ours first.
    pub const ALL: [Tool; 4] = [
        Tool::Harness,
        Tool::Hyperfine,
        Tool::Criterion,
        Tool::GoBench,
    ];

    fn languages(self) -> &'static [Language] {
        match self {
            Tool::Harness | Tool::Hyperfine => &[Language::Go, Language::Rust],
            Tool::Criterion => &[Language::Rust],
            Tool::GoBench => &[Language::Go],
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Tool::Harness => "harness",
            Tool::Hyperfine => "hyperfine",
            Tool::Criterion => "criterion",
            Tool::GoBench => "go-bench",
        })
    }
}

/// Whose program is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// `go-programs/peers`.
    Go,
    /// `rust-equivalents`, binary and benchmark `peers`.
    Rust,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Language::Go => "go",
            Language::Rust => "rust",
        })
    }
}

/// A body in a language: what is measured.
pub fn work_name(language: Language, body: &str) -> String {
    format!("{language}/{body}")
}

/// One question to one tool: does B, which is A slowed down, differ from A?
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Comparison {
    /// Who is asked.
    pub tool: Tool,
    /// Whose program.
    pub language: Language,
    /// What it does.
    pub body: String,
    /// Units of work that B does beyond A's hundred; 0 is an A/A comparison.
    pub slowdown_percent: u64,
    /// Tells equal questions apart.
    pub repeat: u32,
}

impl Comparison {
    /// Unique in a plan, and stable when the counts change.
    pub fn id(&self) -> String {
        format!(
            "{}/{}+{}#{}",
            self.tool,
            work_name(self.language, &self.body),
            self.slowdown_percent,
            self.repeat
        )
    }
}

/// How many comparisons each tool makes.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Of a side with itself.
    pub null: u32,
    /// Of each slow-down.
    pub slowed: u32,
}

/// All comparisons, spread evenly over the bodies and the languages of each tool, in a random order that mixes
/// the tools: what the machine does in an hour hits all of them alike.
pub fn plan(seed: u64, tools: &[Tool], counts: Counts) -> Vec<Comparison> {
    let mut planned = Vec::new();
    for &tool in tools {
        let works: Vec<(Language, &str)> = BODIES
            .iter()
            .flat_map(|body| tool.languages().iter().map(move |&l| (l, *body)))
            .collect();
        for slowdown_percent in std::iter::once(0).chain(SLOWDOWNS) {
            let count = if slowdown_percent == 0 {
                counts.null
            } else {
                counts.slowed
            };
            for (repeat, &(language, body)) in (0..count).zip(works.iter().cycle()) {
                planned.push(Comparison {
                    tool,
                    language,
                    body: body.to_owned(),
                    slowdown_percent,
                    repeat,
                });
            }
        }
    }
    planned.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    planned
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    const COUNTS: Counts = Counts {
        null: 60,
        slowed: 40,
    };

    #[test]
    fn every_tool_gets_its_comparisons_evenly_over_bodies_and_languages() {
        let planned = plan(1, &Tool::ALL, COUNTS);
        assert_eq!(planned.len(), 4 * (60 + 3 * 40));
        let mut strata: BTreeMap<_, u32> = BTreeMap::new();
        for c in &planned {
            *strata
                .entry((c.tool, c.slowdown_percent, work_name(c.language, &c.body)))
                .or_default() += 1;
        }
        for ((tool, slowdown, work), count) in strata {
            let works = 5 * tool.languages().len() as u32;
            let expected = if slowdown == 0 { 60 } else { 40 } / works;
            assert_eq!(count, expected, "{tool} {work} +{slowdown}");
        }
        let ids: BTreeSet<String> = planned.iter().map(Comparison::id).collect();
        assert_eq!(ids.len(), planned.len());
    }

    #[test]
    fn the_seed_fixes_the_order_and_more_comparisons_keep_the_old_ones() {
        let ids = |seed, null| -> Vec<String> {
            let counts = Counts { null, ..COUNTS };
            let planned = plan(seed, &Tool::ALL, counts);
            planned.iter().map(Comparison::id).collect()
        };
        assert_eq!(ids(1, 60), ids(1, 60));
        assert_ne!(ids(1, 60), ids(2, 60));
        let more: BTreeSet<String> = ids(1, 100).into_iter().collect();
        assert!(ids(1, 60).iter().all(|id| more.contains(id)));
    }

    #[test]
    fn the_tools_take_turns() {
        let planned = plan(1, &Tool::ALL, COUNTS);
        let longest = planned
            .chunk_by(|a, b| a.tool == b.tool)
            .map(<[Comparison]>::len)
            .max();
        assert!(longest.unwrap() < 15, "{longest:?} in a row");
    }
}

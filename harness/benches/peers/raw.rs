//! The raw file: one JSON line for the setup, then one for each comparison, appended as they end. Where it was gone on
//! with on another machine, a second setup stands between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use harness::record::HostFacts;
use serde::{Deserialize, Serialize};

use super::plan::{Comparison, Tool};

/// Raised when an older reader would misread a line.
pub const FORMAT: u32 = 1;

/// What the comparisons that follow it share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// [`FORMAT`].
    pub format: u32,
    /// When the first of them began.
    pub started: String,
    /// Everything random follows from it.
    pub seed: u64,
    /// Wall-clock budget of one comparison, both sides together, in seconds.
    pub budget_s: f64,
    /// The machine.
    pub host: HostFacts,
    /// Versions of the tools and compilers.
    pub versions: BTreeMap<String, String>,
    /// Tools that could not be had, and why.
    pub skipped: BTreeMap<Tool, String>,
    /// How much a process does, by work.
    pub works: BTreeMap<String, Work>,
}

impl Setup {
    /// What must not change within a file. The machine may: no comparison is made on two of them.
    pub fn ensure_goes_on(&self, before: &Setup) -> anyhow::Result<()> {
        let kept = |s: &Setup| {
            format!(
                "format {}, seed {}, {} s, {:?}, without {:?}",
                s.format, s.seed, s.budget_s, s.versions, s.skipped
            )
        };
        let (then, now) = (kept(before), kept(self));
        ensure!(
            then == now,
            "the raw file was made under other conditions (choose another by --out)\n  then: {then}\n  now: {now}"
        );
        Ok(())
    }
}

/// How much one process of a work does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// Operations in a sample.
    pub ops: u64,
    /// Life of a process that does all samples in one go, in nanoseconds.
    pub process_ns: f64,
}

/// What a tool says of B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// No difference.
    Same,
    /// B is slower than A.
    Slower,
    /// B is faster than A.
    Faster,
}

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The tool's decision.
    pub call: Call,
    /// Time of B over time of A, as the tool estimates it.
    pub ratio: f64,
    /// `-log10` of the tool's p, or of what stands for it: larger is more evidence of a difference.
    pub evidence: f64,
    /// Seconds until the decision stood, for a tool that may stop early and called a difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_s: Option<f64>,
    /// The decision in the tool's own words.
    pub says: String,
    /// What the tool measured of A, in nanoseconds a process or an operation.
    pub a: Vec<f64>,
    /// The same of B.
    pub b: Vec<f64>,
}

/// How a comparison ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The tool decided.
    Found(Found),
    /// Something went wrong.
    Failed(String),
}

/// A comparison that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which one.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// When it began.
    pub started: String,
    /// Wall-clock time that it took, the tool's own analysis included.
    pub seconds: f64,
    /// How it ended.
    pub ending: Ending,
}

impl Outcome {
    /// What the tool found, where it came to that.
    pub fn found(&self) -> Option<&Found> {
        match &self.ending {
            Ending::Found(found) => Some(found),
            Ending::Failed(_) => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line {
    Setup(Box<Setup>),
    Comparison(Outcome),
}

/// The content of a raw file.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    /// The first line.
    pub setup: Setup,
    /// The setups on other machines, each with the number of comparisons before it.
    pub moves: Vec<(usize, Setup)>,
    /// The comparisons, in the order in which they were made.
    pub outcomes: Vec<Outcome>,
}

impl Raw {
    /// The setup of the last comparisons.
    pub fn last_setup(&self) -> &Setup {
        self.moves.last().map_or(&self.setup, |(_, setup)| setup)
    }

    /// Reads a file; what was being written when the machine stopped is left out.
    pub fn read(path: &Path) -> anyhow::Result<Raw> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the raw results {}", path.display()))?;
        parse(&text).with_context(|| format!("in {}", path.display()))
    }

    /// The ids of the comparisons that were made.
    pub fn ids(&self) -> BTreeSet<String> {
        self.outcomes.iter().map(|o| o.comparison.id()).collect()
    }
}

fn parse(text: &str) -> anyhow::Result<Raw> {
    let mut raw: Option<Raw> = None;
    for (number, line) in (1..).zip(whole_lines(text).lines()) {
        let line = serde_json::from_str(line)
            .with_context(|| format!("line {number} is no line of raw results"))?;
        match (line, &mut raw) {
            (Line::Setup(setup), None) => {
                ensure!(
                    setup.format == FORMAT,
                    "the raw results have format {}, this reads {FORMAT}",
                    setup.format
                );
                raw = Some(Raw {
                    setup: *setup,
                    moves: Vec::new(),
                    outcomes: Vec::new(),
                });
            }
            (Line::Setup(setup), Some(raw)) => {
                setup
                    .ensure_goes_on(&raw.setup)
                    .with_context(|| format!("line {number} is a setup that does not go on"))?;
                raw.moves.push((raw.outcomes.len(), *setup));
            }
            (Line::Comparison(_), None) => bail!("the first line is no setup"),
            (Line::Comparison(outcome), Some(raw)) => raw.outcomes.push(outcome),
        }
    }
    raw.context("there is no setup")
}

/// All that ended with a newline.
fn whole_lines(text: &str) -> &str {
    text.rfind('\n').map_or("", |end| &text[..=end])
}

/// Appends to a raw file.
#[derive(Debug)]
pub struct Writer(File);

impl Writer {
    /// A new file, which must not exist yet.
    pub fn create(path: &Path, setup: &Setup) -> anyhow::Result<Writer> {
        let cannot = || format!("cannot create {}", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(cannot)?;
        }
        let file = OpenOptions::new().append(true).create_new(true).open(path);
        let mut writer = Writer(file.with_context(cannot)?);
        writer.setup(setup)?;
        Ok(writer)
    }

    /// Goes on with a file; half a line at its end is cut off.
    pub fn resume(path: &Path) -> anyhow::Result<Writer> {
        let cannot = || format!("cannot go on with {}", path.display());
        let text = fs::read_to_string(path).with_context(cannot)?;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .with_context(cannot)?;
        file.set_len(whole_lines(&text).len() as u64)
            .with_context(cannot)?;
        Ok(Writer(file))
    }

    /// Appends what the comparisons from here on share.
    pub fn setup(&mut self, setup: &Setup) -> anyhow::Result<()> {
        Ok(self.write(&Line::Setup(Box::new(setup.clone())))?)
    }

    /// Appends one comparison.
    pub fn append(&mut self, outcome: Outcome) -> anyhow::Result<()> {
        Ok(self.write(&Line::Comparison(outcome))?)
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.0.write_all(text.as_bytes())?;
        self.0.sync_data()
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::plan::Language;
    use super::*;

    pub fn setup() -> Setup {
        Setup {
            format: FORMAT,
            started: "2026-01-01T00:00:00Z".to_owned(),
            seed: 1,
            budget_s: 4.0,
            host: HostFacts::default(),
            versions: BTreeMap::from([("go".to_owned(), "go1.27.3".to_owned())]),
            skipped: BTreeMap::from([(Tool::Hyperfine, "not on the PATH".to_owned())]),
            works: BTreeMap::new(),
        }
    }

    pub fn outcome(tool: Tool, slowdown_percent: u64, repeat: u32, ending: Ending) -> Outcome {
        Outcome {
            comparison: Comparison {
                tool,
                language: Language::Go,
                body: "sort".to_owned(),
                slowdown_percent,
                repeat,
            },
            started: "2026-01-01T00:00:01Z".to_owned(),
            seconds: 4.0,
            ending,
        }
    }

    pub fn found(call: Call, ratio: f64, evidence: f64) -> Ending {
        Ending::Found(Found {
            call,
            ratio,
            evidence,
            decided_s: None,
            says: "in its own words".to_owned(),
            a: vec![1.0],
            b: vec![2.0],
        })
    }

    #[test]
    fn an_interrupted_file_is_read_and_continued_without_its_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/raw.jsonl");
        let mut writer = Writer::create(&path, &setup()).unwrap();
        let outcomes = [
            outcome(Tool::Harness, 0, 0, found(Call::Same, 1.0, 0.1)),
            outcome(Tool::GoBench, 5, 0, Ending::Failed("timed out".to_owned())),
        ];
        writer.append(outcomes[0].clone()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}{{\"type\":\"comp")).unwrap();

        assert_eq!(Raw::read(&path).unwrap().outcomes, outcomes[..1]);
        let mut writer = Writer::resume(&path).unwrap();
        writer.append(outcomes[1].clone()).unwrap();
        let raw = Raw::read(&path).unwrap();
        assert_eq!(raw.setup, setup());
        assert_eq!(raw.outcomes, outcomes);
        assert!(raw.ids().contains("go-bench/go/sort+5#0"));
        assert!(Writer::create(&path, &setup()).is_err());
    }

    #[test]
    fn a_file_goes_on_on_another_machine_but_not_with_other_versions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("raw.jsonl");
        let mut writer = Writer::create(&path, &setup()).unwrap();
        let one = outcome(Tool::Harness, 0, 0, found(Call::Same, 1.0, 0.1));
        writer.append(one.clone()).unwrap();
        let mut moved = setup();
        moved.host.kernel = "Linux, another".to_owned();
        writer.setup(&moved).unwrap();
        writer.append(one).unwrap();
        let raw = Raw::read(&path).unwrap();
        assert_eq!(raw.setup, setup());
        assert_eq!(raw.moves, [(1, moved.clone())]);
        assert_eq!(raw.last_setup(), &moved);
        assert_eq!(raw.outcomes.len(), 2);

        moved
            .versions
            .insert("go".to_owned(), "go1.26.8".to_owned());
        writer.setup(&moved).unwrap();
        let error = format!("{:#}", Raw::read(&path).unwrap_err());
        assert!(
            error.contains("line 5") && error.contains("go1.26.8"),
            "{error}"
        );
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let text = format!(
            "{}\n{{}}\n",
            serde_json::to_string(&Line::Setup(Box::new(setup()))).unwrap()
        );
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}

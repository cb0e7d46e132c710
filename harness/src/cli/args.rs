//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::compare::Margin;
use crate::spec::Profile;
use crate::toolchain::VersionRequest;
use crate::units::{Quantity, Unit};

/// Checks the statements of an article about Go by running real Go and Rust programs.
#[derive(Debug, Parser)]
#[command(
    name = "harness",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Root of the project; found upward from the current folder by default.
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// When to colour the output (NO_COLOR is respected).
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show experiments, their claims and what they cost.
    List(ListArgs),
    /// Measure, judge and report.
    Run(RunArgs),
    /// Write the report of a run again from its journal, by the definitions as they are now.
    Report {
        /// Folder or id of the run.
        #[arg(default_value = "latest")]
        run: String,
        /// Folder to write into; the run's own by default.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Derive the verdicts of a run again and fail if they differ from what it wrote down.
    Verify {
        /// Folder or id of the run.
        #[arg(default_value = "latest")]
        run: String,
    },
    /// Compare two runs: which figures and verdicts of the second differ from the first.
    Compare(CompareArgs),
    /// Say whether this machine is fit to measure on, and what to do about it.
    Doctor,
    /// Time the same work through our probes and through `go test -bench` and criterion, and compare.
    Calibrate(CalibrateArgs),
    /// Find and install Go releases.
    Toolchain {
        /// What to do.
        #[command(subcommand)]
        verb: ToolchainVerb,
    },
    /// Write definition and programs of a new experiment, ready to run.
    New {
        /// Its name, as in `map-growth`.
        name: String,
    },
    /// Print a completion script.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// `harness calibrate`
#[derive(Debug, Args)]
pub struct CalibrateArgs {
    /// Half a minute instead of two: a look, in which more stays undecided.
    #[arg(long, conflicts_with = "blocks")]
    pub quick: bool,
    /// Blocks: how often each tool times each operation, in a process of its own. 20 by default, 6 with --quick.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..=1000))]
    pub blocks: Option<u32>,
    /// Go release, e.g. `1.24`; the one at hand by default.
    #[arg(long, value_name = "VERSION")]
    pub go: Option<VersionRequest>,
    /// Seed of the order; from the clock by default, and in the file.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Fail if a comparison is undecided.
    #[arg(long)]
    pub strict: bool,
    /// Folder of runs; `results/runs` of the project by default.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `harness toolchain ...`
#[derive(Debug, Subcommand)]
pub enum ToolchainVerb {
    /// Show the releases that were found and those that can be installed.
    List,
    /// Install pinned releases through pip, digests checked, into the harness's cache.
    Install {
        /// Releases, e.g. `1.24`.
        #[arg(required = true, value_name = "VERSION")]
        versions: Vec<VersionRequest>,
    },
}

/// `harness list`
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Experiments, claims, questions (`q3`) or globs; all by default.
    pub names: Vec<String>,
    /// One line a claim.
    #[arg(long)]
    pub claims: bool,
    /// Statements of the article by question and by kind: decided, inconclusive, not run, untestable, missing.
    #[arg(long, conflicts_with = "claims")]
    pub coverage: bool,
    /// The run whose verdicts count for --coverage; the committed reference by default.
    #[arg(long, requires = "coverage")]
    pub run: Option<String>,
    /// Everything about the chosen experiments and claims as JSON, for tools.
    #[arg(long, conflicts_with_all = ["claims", "coverage"])]
    pub json: bool,
}

/// `harness compare`
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The run to compare with: folder, id or `latest`.
    pub run_a: String,
    /// The run that is compared: folder, id or `latest`.
    pub run_b: String,
    /// How far a figure may move and still be the same.
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = parse_margin)]
    pub margin: Margin,
    /// Form of the output.
    #[arg(long, value_enum, default_value = "text")]
    pub format: GateFormat,
    /// Fail if a comparison is inconclusive or a claim is no longer decided.
    #[arg(long)]
    pub strict: bool,
    /// List what is the same, too.
    #[arg(short, long)]
    pub verbose: bool,
}

/// Form of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GateFormat {
    /// For a terminal.
    Text,
    /// For a pull request.
    Md,
    /// For tools.
    Json,
}

/// `harness run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Experiments, claims, questions (`q3`) or globs.
    #[arg(required_unless_present_any = ["all", "resume"], conflicts_with = "resume")]
    pub names: Vec<String>,
    /// Every experiment.
    #[arg(long, conflicts_with_all = ["names", "resume"])]
    pub all: bool,
    /// How thorough: quick is a look, standard decides, thorough is for publication.
    #[arg(long, value_enum, default_value = "standard")]
    pub profile: ProfileArg,
    /// Go releases, e.g. `1.21,1.24,1.27.3`; the one at hand by default.
    #[arg(long, value_delimiter = ',', value_name = "VERSIONS")]
    pub go: Vec<VersionRequest>,
    /// Values of a parameter in place of the definition's, e.g. `gogc=50,100`.
    #[arg(long, value_name = "NAME=VALUES", value_parser = parse_set)]
    pub set: Vec<(String, Vec<String>)>,
    /// Time budget of the whole run, e.g. `90s`, `2m`, `1h30m`; cells with a fixed number of blocks come on top.
    #[arg(long, value_name = "TIME", value_parser = parse_budget)]
    pub budget: Option<Duration>,
    /// Seed of everything random; from the clock by default, and in the report.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Go on with a run that was stopped or killed: its folder, id or `latest`.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["profile", "go", "set", "budget", "seed", "dry_run", "baseline"])]
    pub resume: Option<String>,
    /// Compare with an earlier run afterwards, and fail if something got worse: its folder, id or `latest`.
    #[arg(long, value_name = "RUN")]
    pub baseline: Option<String>,
    /// How far a figure may move from the baseline and still be the same.
    #[arg(long, value_name = "SHARE", default_value = "5%", requires = "baseline", value_parser = parse_margin)]
    pub margin: Margin,
    /// Print the plan and what it costs, and stop.
    #[arg(long)]
    pub dry_run: bool,
    /// Fail if a claim is undecided, or a comparison with the baseline.
    #[arg(long)]
    pub strict: bool,
    /// Print the command of every invocation, ready to paste.
    #[arg(short, long)]
    pub verbose: bool,
    /// Folder of runs; `results/runs` of the project by default.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// A profile on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProfileArg {
    /// Seconds an experiment; not for publication.
    Quick,
    /// About a minute an experiment.
    Standard,
    /// As long as it takes.
    Thorough,
}

impl From<ProfileArg> for Profile {
    fn from(arg: ProfileArg) -> Profile {
        match arg {
            ProfileArg::Quick => Profile::Quick,
            ProfileArg::Standard => Profile::Standard,
            ProfileArg::Thorough => Profile::Thorough,
        }
    }
}

fn parse_set(text: &str) -> Result<(String, Vec<String>), String> {
    let (name, values) = text
        .split_once('=')
        .ok_or_else(|| "write NAME=VALUE[,VALUE...], e.g. `gogc=50,100`".to_owned())?;
    let values: Vec<String> = values.split(',').map(|v| v.trim().to_owned()).collect();
    if name.is_empty() || values.iter().any(String::is_empty) {
        return Err("write NAME=VALUE[,VALUE...], e.g. `gogc=50,100`".to_owned());
    }
    Ok((name.to_owned(), values))
}

fn parse_margin(text: &str) -> Result<Margin, String> {
    text.parse::<Quantity>()
        .ok()
        .filter(|quantity| quantity.unit == Unit::One)
        .and_then(|quantity| Margin::new(quantity.value))
        .ok_or_else(|| format!("`{text}` is no share between 0 and 1 (write e.g. `5%`)"))
}

/// One or more of `<number><h|m|s|ms>`, added up, as Go and systemd write durations.
fn parse_budget(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time (write e.g. `90s`, `2m`, `1h30m`)");
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c| !is_digit(c)).ok_or_else(wrong)?);
        let (unit, tail) = tail.split_at(tail.find(is_digit).unwrap_or(tail.len()));
        let scale = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            _ => return Err(wrong()),
        };
        seconds += number.parse::<f64>().map_err(|_| wrong())? * scale;
        rest = tail;
    }
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|budget| !budget.is_zero())
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn budgets_add_up_their_hours_minutes_and_seconds() {
        assert_eq!(parse_budget("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_budget("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_budget("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_budget("1h30m"), Ok(Duration::from_secs(5400)));
        for wrong in [
            "",
            "2",
            "5x",
            "-1s",
            "0s",
            "m",
            "1h30",
            "1..5s",
            "5 MiB",
            "99999999999999999999h",
        ] {
            assert!(parse_budget(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_margin_is_a_share() {
        assert_eq!(parse_margin("5%"), Ok(Margin::DEFAULT));
        assert_eq!(parse_margin("0.1"), Margin::new(0.1).ok_or(String::new()));
        for wrong in ["0", "-5%", "100%", "5ms", "five"] {
            assert!(parse_margin(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_set_has_a_name_and_values() {
        assert_eq!(
            parse_set("gogc=50,off"),
            Ok(("gogc".into(), vec!["50".into(), "off".into()]))
        );
        for wrong in ["gogc", "=5", "gogc=", "gogc=5,,6"] {
            assert!(parse_set(wrong).is_err(), "{wrong}");
        }
    }
}

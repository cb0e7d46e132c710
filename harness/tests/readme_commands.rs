//! Every command that the README and the other pages show is run, as it stands there, by a shell, and in its order.
//!
//! It is run in a tiny project whose programs answer at once, with a Go and a pip that are scripts: a test must take seconds,
//! come out the same on every machine, and download nothing. A command that would measure is also run in this checkout, with
//! `--dry-run` behind it, so that the experiments, claims and parameters that it names are those of the real definitions.
//!
//! What that leaves out, `.ci/run` runs in part: real programs in a quick run of `gc-pauses`, a real `calibrate --quick`, and
//! where there is no Go a real `toolchain install`. Real measurements by the standard profile or a longer one, or on several
//! releases, take minutes to hours and are run by hand.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "project/fake_go.rs"]
mod fake_go;
mod project;
#[path = "project/tiny.rs"]
mod tiny;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use harness::cli::exit::Exit;
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::Value;

/// Runs a line and asserts what the pages say of it.
type Check = fn(&Fixture, &str);

/// Every line that is shown, once. A line that is not here, and one here that is shown no more, fail a test.
const SHOWN: &[(&str, Check)] = &[
    ("harness run gc-pauses", |fixture, line| {
        fixture.plan(line, &["profile standard", "\ngc-pauses: "]);
        let run = fixture.measure(line, &[]);
        assert_eq!(run["profile"], "standard");
        // No release is named: the default one is taken, not the newest.
        assert_eq!(run["go_versions"], serde_json::json!(["1.27.3"]));
    }),
    ("harness run gc-pauses --profile quick", |fixture, line| {
        fixture.plan(line, &["profile quick", "\ngc-pauses: "]);
        assert_eq!(fixture.measure(line, &[])["profile"], "quick");
    }),
    ("harness list --coverage", |fixture, line| {
        let table = fixture.run(&checkout(), line).code(code(Exit::Fine));
        let table = String::from_utf8(table.get_output().stdout.clone()).unwrap();
        let counts = |name: &str| -> Vec<usize> {
            let row = table
                .lines()
                .find(|row| row.split_whitespace().next() == Some(name));
            let row = row.unwrap_or_else(|| panic!("no row `{name}` in\n{table}"));
            row.split_whitespace()
                .skip(1)
                .map(|count| count.parse().unwrap())
                .collect()
        };
        assert!(counts("q3")[0] > 0);
        let all = counts("all");
        assert_eq!(
            all[0],
            all[1..].iter().sum::<usize>(),
            "each statement stands somewhere"
        );
        assert!(all[1] > 0, "the committed run decides some");
    }),
    ("harness run gc-pauses --dry-run", |fixture, line| {
        fixture
            .run(&checkout(), line)
            .code(code(Exit::Fine))
            .stdout(contains("\ngc-pauses: ").and(contains("measuring takes at most")));
        let before = fixture.runs();
        fixture.run(&fixture.root, line).code(code(Exit::Fine));
        assert_eq!(fixture.runs(), before, "a plan leaves nothing");
    }),
    ("harness run q3 --go 1.21,1.24,1.27", |fixture, line| {
        let releases = ["1.21.99", "1.24.99", "1.27.99"];
        fixture.plan(
            line,
            &["\ngc-pauses: ", "go@1.21.99", "go@1.24.99", "go@1.27.99"],
        );
        let run = fixture.measure(line, &[]);
        assert_eq!(run["go_versions"], serde_json::json!(releases));
        assert_eq!(run["experiments"], serde_json::json!(["gc-pauses"]));
    }),
    ("harness run 'q03-gogc-*' --seed 7", |fixture, line| {
        fixture.plan(line, &["seed 7\n", "\ngc-pauses: "]);
        let run = fixture.measure(line, &[]);
        assert_eq!(run["seed"], 7);
        assert_eq!(
            run["only_claims"],
            serde_json::json!({ "gc-pauses": ["q03-gogc-stall"] })
        );
    }),
    (
        "harness run gc-pauses --set gogc=50,100,400",
        |fixture, line| {
            fixture.plan(line, &["gogc=50", "gogc=100", "gogc=400"]);
            let run = fixture.measure(line, &[]);
            assert_eq!(
                run["overrides"],
                serde_json::json!({ "gogc": ["50", "100", "400"] })
            );
        },
    ),
    ("harness run --all --profile thorough", |fixture, line| {
        let real = stems(&checkout().join("harness/experiments"), "toml");
        let every: Vec<String> = real.iter().map(|name| format!("\n{name}: ")).collect();
        let every: Vec<&str> = every.iter().map(String::as_str).collect();
        fixture.plan(line, &[&["profile thorough"], every.as_slice()].concat());
        let run = fixture.measure(line, &[]);
        assert_eq!(run["profile"], "thorough");
        assert_eq!(
            run["experiments"],
            serde_json::json!(["gc-pauses", "map-insert"])
        );
    }),
    ("harness run --resume latest", |fixture, line| {
        let run = fixture.latest();
        let kept = kill(&run);
        fixture
            .run(&fixture.root, line)
            .code(code(Exit::Fine))
            .stdout(contains("confirmed"))
            .stderr(contains("is run again"));
        let journal = fs::read_to_string(run.join("journal.jsonl")).unwrap();
        assert!(journal.starts_with(&kept), "what was measured is kept");
        assert!(journal.len() > kept.len(), "nothing more was measured");
        assert!(run.join("report.html").is_file());
    }),
    ("harness report latest --out page", |fixture, line| {
        fixture
            .run(&fixture.root, line)
            .code(code(Exit::Fine))
            .stdout(contains("confirmed").and(contains("page")));
        for file in ["report.html", "report.md", "verdicts.json"] {
            assert!(fixture.root.join("page").join(file).is_file(), "{file}");
        }
    }),
    ("harness verify latest", |fixture, line| {
        let id = fixture
            .latest()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        fixture
            .run(&fixture.root, line)
            .code(code(Exit::Fine))
            .stdout(contains(format!("{id}: ")).and(contains("follow from")));
    }),
    (
        "harness compare baseline latest --margin 3%",
        |fixture, line| {
            fixture
                .run(&fixture.root, line)
                .code(code(Exit::Fine))
                .stdout(contains("0 worse").and(contains("3 %")));
        },
    ),
    (
        "harness run gc-pauses --baseline baseline --strict",
        |fixture, line| {
            // Not in the checkout: a baseline is somebody's own run.
            fixture.measure(line, &["0 worse"]);
        },
    ),
    ("harness calibrate --quick", calibrate),
    ("harness toolchain list", |fixture, line| {
        fixture
            .run(&fixture.root, line)
            .code(code(Exit::Fine))
            .stdout(
                contains("1.27.99")
                    .and(contains("HARNESS_GO_ROOTS"))
                    .and(contains("1.25.5")),
            );
    }),
    ("harness toolchain install 1.24 1.27", |fixture, line| {
        let cache = fixture.root.join("cache/go");
        let says = ["1.24.11", "1.27.3"]
            .map(|release| format!("go {release} is in {}\n", cache.join(release).display()));
        fixture
            .run(&fixture.root, line)
            .code(code(Exit::Fine))
            .stdout(says.concat());
    }),
    ("harness list map-insert --claims", |fixture, line| {
        fixture
            .run(&fixture.root, line)
            .code(code(Exit::Fine))
            .stdout(
                "q07-map-insert  [map-insert, timing, stall median at most 120ns]  \
                 A stall takes at most 120 ns.\n",
            );
    }),
    ("harness run map-insert --dry-run", |fixture, line| {
        fixture
            .run(&fixture.root, line)
            .code(code(Exit::Fine))
            .stdout(contains("\nmap-insert: ").and(contains("measuring takes at most")));
    }),
    (
        "harness run map-insert --profile quick --verbose",
        |fixture, line| {
            let says = fixture.run(&fixture.root, line);
            says.code(code(Exit::Fine))
                .stdout(contains("confirmed"))
                .stderr(contains("--case=churn"));
        },
    ),
    ("harness doctor", |fixture, line| {
        // Whether a machine is fit depends on the machine.
        let says = fixture.run(&fixture.root, line).stdout(contains("cache"));
        let ended = says.get_output().status.code().unwrap();
        assert!(
            [code(Exit::Fine), code(Exit::Setup)].contains(&ended),
            "{ended}"
        );
    }),
    (
        "harness run map-insert --go 1.21,1.24,1.27",
        |fixture, line| {
            let run = fixture.measure(line, &[]);
            assert_eq!(
                run["go_versions"],
                serde_json::json!(["1.21.99", "1.24.99", "1.27.99"])
            );
        },
    ),
];

fn calibrate(fixture: &Fixture, line: &str) {
    let before = fixture.runs();
    let says = fixture
        .run(&fixture.root, line)
        .stdout(contains("calibration.json"));
    let new = fixture.runs();
    let [folder] = new.difference(&before).collect::<Vec<_>>()[..] else {
        panic!("one folder, not {new:?} after {before:?}");
    };
    let calibration = json(&folder.join("calibration.json"));
    assert_eq!(calibration["blocks"], 6);
    let mut disagrees = false;
    for row in calibration["rows"].as_array().unwrap() {
        if row["subject"]
            .as_str()
            .unwrap()
            .starts_with("cycles an add")
        {
            // The programs here know nothing of the clock that the machine states.
            disagrees |= row["word"] == "disagrees";
        } else {
            let word = row["word"].as_str().unwrap();
            assert!(["agrees", "not-known"].contains(&word), "{row}");
        }
    }
    let expected = if disagrees { Exit::Unfit } else { Exit::Fine };
    says.code(code(expected));
}

/// The tiny project, a run named `baseline` in it.
struct Fixture {
    root: PathBuf,
    path: OsString,
    go_roots: OsString,
}

impl Fixture {
    fn open() -> Fixture {
        let root = tiny::make("readme-commands");
        // The newest of their lines whatever the machine has, and the one that a run takes by default.
        let releases = ["1.21.99", "1.24.99", "1.27.3", "1.27.99"];
        let go_roots = fake_go::releases(&root.join("goroots"), releases);
        let tools = root.join("tools");
        fake_go::pip(&tools);
        let harness = Path::new(env!("CARGO_BIN_EXE_harness")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [tools, harness.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&path));
        let fixture = Fixture {
            path: std::env::join_paths(path).unwrap(),
            go_roots: std::env::join_paths(go_roots).unwrap(),
            root,
        };
        fixture.measure("harness run gc-pauses", &[]);
        fs::rename(fixture.latest(), fixture.root.join("results/runs/baseline")).unwrap();
        fixture
    }

    /// A shell reads the line, as it does for a person who copies it.
    fn run(&self, folder: &Path, line: &str) -> Assert {
        Command::new("sh")
            .arg("-c")
            // Without a shell in between the timeout ends the harness itself.
            .arg(format!("exec {line}"))
            .current_dir(folder)
            .env("PATH", &self.path)
            .env("HARNESS_GO_ROOTS", &self.go_roots)
            .env("HARNESS_CACHE_DIR", self.root.join("cache"))
            .env("NO_COLOR", "1")
            .env("COLUMNS", "120")
            // Far above what any line here takes.
            .timeout(Duration::from_secs(240))
            .assert()
    }

    /// Has this checkout plan what the line would measure.
    fn plan(&self, line: &str, words: &[&str]) {
        let plan = self
            .run(&checkout(), &format!("{line} --dry-run"))
            .code(code(Exit::Fine))
            .stdout(contains("measuring takes at most").and(contains("\nmissing: ").not()));
        let plan = String::from_utf8_lossy(&plan.get_output().stdout).into_owned();
        for word in words {
            assert!(plan.contains(word), "`{line}`: no `{word}` in\n{plan}");
        }
    }

    /// Has the tiny project measure it, and returns the new run's file.
    fn measure(&self, line: &str, words: &[&str]) -> Value {
        let before = self.runs();
        let says = self.run(&self.root, line).code(code(Exit::Fine));
        let says = String::from_utf8_lossy(&says.get_output().stdout).into_owned();
        for word in [&["report.html"], words].concat() {
            assert!(says.contains(word), "`{line}`: no `{word}` in\n{says}");
        }
        let run = self.latest();
        assert!(!before.contains(&run), "`{line}` left no run");
        assert_eq!(self.runs().len(), before.len() + 1);
        assert!(run.join("report.html").is_file());
        for verdict in json(&run.join("verdicts.json"))["verdicts"]
            .as_array()
            .unwrap()
        {
            assert_eq!(verdict["kind"], "confirmed", "`{line}`: {verdict}");
        }
        json(&run.join("run.json"))
    }

    fn runs(&self) -> BTreeSet<PathBuf> {
        fs::read_dir(self.root.join("results/runs"))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect()
    }

    fn latest(&self) -> PathBuf {
        let latest = harness::store::latest(&self.root.join("results/runs"));
        latest.unwrap().unwrap().path
    }
}

/// Makes of a run what it would be had its harness been killed halfway, and returns what its journal holds for certain.
fn kill(run: &Path) -> String {
    for derived in ["stops.json", "verdicts.json", "report.html"] {
        fs::remove_file(run.join(derived)).unwrap();
    }
    let file = run.join("journal.jsonl");
    let journal = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    let kept = lines[..lines.len() / 2].concat();
    let torn = &lines[lines.len() / 2][..20];
    fs::write(&file, format!("{kept}{torn}")).unwrap();
    kept
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

fn code(exit: Exit) -> i32 {
    i32::from(exit.code())
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Names of the files with this extension, sorted.
fn stems(folder: &Path, extension: &str) -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    found
}

/// What a page shows as typed into a shell to call the harness, without prompt and comment. Whatever stands behind a prompt
/// counts, so that a line is not left out because it was not understood.
fn lines(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_shell = false;
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            is_shell = ["console", "sh"].contains(&language);
        } else if is_shell {
            let by_cargo = line.strip_prefix("cargo run --release -- ");
            let call = by_cargo.map(|arguments| format!("harness {arguments}"));
            let bare = || line.starts_with("harness ").then(|| line.to_owned());
            let prompted = || line.strip_prefix("$ ").map(str::to_owned);
            if let Some(call) = call.or_else(bare).or_else(prompted) {
                let command = call.split(" #").next().unwrap_or_default();
                found.push(command.trim_end().to_owned());
            }
        }
    }
    found
}

/// The lines of the pages of the root, of which the README alone has some, then of `harness/docs`.
fn shown() -> Vec<String> {
    [checkout(), checkout().join("harness/docs")]
        .iter()
        .flat_map(|folder| {
            let page = |stem| folder.join(format!("{stem}.md"));
            stems(folder, "md").into_iter().map(page)
        })
        .flat_map(|page| lines(&fs::read_to_string(page).unwrap()))
        .collect()
}

#[test]
fn every_line_that_is_shown_is_run_here_and_no_other() {
    let shown = shown();
    let shown: BTreeSet<&str> = shown.iter().map(String::as_str).collect();
    let run: BTreeSet<&str> = SHOWN.iter().map(|(line, _)| *line).collect();
    assert_eq!(shown, run, "left: shown on a page; right: run by this test");
}

#[test]
fn a_new_line_is_seen_however_it_is_shown() {
    let page = "harness prose\n```console\n$ harness a --b   # c\n$ ls\noutput\n```\n$ no\n```sh\ncargo run --release -- d 'e'\nharness f\ncargo test\n```\n```text\n$ harness g\n```\n";
    assert_eq!(
        lines(page),
        ["harness a --b", "ls", "harness d 'e'", "harness f"]
    );
}

#[test]
fn what_is_shown_does_what_is_said_of_it() {
    let fixture = Fixture::open();
    for line in shown() {
        let known = SHOWN.iter().find(|(known, _)| *known == line);
        let (_, check) = known.unwrap_or_else(|| panic!("`{line}`: nothing here runs it"));
        eprintln!("{line}");
        check(&fixture, &line);
    }
}

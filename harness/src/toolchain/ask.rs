//! Tool probes: what a compiler, `go vet` or another tool says to a small source.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use regex::RegexBuilder;

use super::build::go::go_environment;
use super::{Cache, GoToolchain, Project};
use crate::exec::{Cancel, ProcessGroup};
use crate::record::{Outcome, OutcomeValue, Record};
use crate::spec::{Language, ToolProbe};

/// What `rustc` needs of the user's environment, and no more: `RUSTC_BOOTSTRAP` alone would change what it accepts.
const RUSTC_NEEDS: [&str; 6] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
];

/// The edition that `rustc` is given: that of this project.
const EDITION: &str = "--edition=2024";

/// How often a waiting harness looks whether the user wants it to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Bytes of a tool's output that are kept as evidence.
const KEPT: usize = 4096;

/// Why a tool could not be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The pattern is no regular expression.
    #[error("tool probe `{key}`: bad pattern")]
    Pattern {
        /// The probe.
        key: String,
        /// What is wrong with it.
        source: Box<regex::Error>,
    },
    /// The source is not there or can't be copied.
    #[error("tool probe `{key}`: can't copy {path}: {source}")]
    Source {
        /// The probe.
        key: String,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The tool could not be started.
    #[error("tool probe `{key}`: can't run `{tool}` (is it installed and on the PATH?): {source}")]
    Tool {
        /// The probe.
        key: String,
        /// The command.
        tool: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The tool did not end.
    #[error("tool probe `{key}`: `{tool}` did not end within {} s", limit.as_secs())]
    Late {
        /// The probe.
        key: String,
        /// The command.
        tool: String,
        /// The limit.
        limit: Duration,
    },
    /// The user ended it.
    #[error("tool probe `{key}`: ended on request")]
    Cancelled {
        /// The probe.
        key: String,
    },
}

/// What tools said.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// An outcome for each probe that was asked.
    pub records: Vec<Record>,
    /// Commands and what they printed.
    pub said: String,
}

/// How a tool ended.
#[derive(Clone)]
struct Answer {
    accepted: bool,
    output: String,
}

/// Asks the tools of one cell: those of a Go release, or the Rust compiler where there is none. Each source is copied to a
/// temporary folder first. A command that several probes share is run once. A probe that needs a newer release is left
/// out. A pulled `cancel` kills the tool that runs, with all that it started.
///
/// # Errors
/// [`AskError`] where a tool could not be asked, or was cancelled. That it refuses the source is an answer.
pub fn ask(
    probes: &[ToolProbe],
    toolchain: Option<&GoToolchain>,
    project: &Project,
    cache: &Cache,
    limit: Duration,
    cancel: &Cancel,
) -> Result<Answers, AskError> {
    let mut answers = Answers::default();
    let mut known: BTreeMap<String, Answer> = BTreeMap::new();
    let asked = probes.iter().filter(|probe| match toolchain {
        Some(toolchain) => probe.asks(toolchain.version.line()),
        None => probe.language == Language::Rust,
    });
    for probe in asked {
        let job = Job {
            probe,
            toolchain,
            project,
            cache,
            limit,
            cancel,
        };
        let line = job.line();
        let answer = match known.get(&line) {
            Some(answer) => answer.clone(),
            None => {
                let answer = job.run()?;
                // Writing to a String can't fail.
                let _ = write!(answers.said, "$ {line}\n{}", beginning(&answer.output));
                known.insert(line, answer.clone());
                answer
            }
        };
        answers.records.push(Record::Outcome(Outcome {
            key: probe.key.clone(),
            value: OutcomeValue::Text(value(probe, &answer)?),
        }));
    }
    Ok(answers)
}

/// What is kept of a tool's output as evidence.
fn beginning(output: &str) -> String {
    if output.len() <= KEPT {
        return output.to_owned();
    }
    let mut end = KEPT;
    while !output.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}\n...\n", output.get(..end).unwrap_or_default())
}

fn value(probe: &ToolProbe, answer: &Answer) -> Result<String, AskError> {
    let Some(pattern) = &probe.pattern else {
        let word = if answer.accepted {
            "accepted"
        } else {
            "refused"
        };
        return Ok(word.to_owned());
    };
    let pattern = RegexBuilder::new(pattern)
        .multi_line(true)
        .build()
        .map_err(|source| AskError::Pattern {
            key: probe.key.clone(),
            source: Box::new(source),
        })?;
    Ok(match pattern.captures(&answer.output) {
        Some(captures) => captures
            .get(1)
            .map_or("found", |group| group.as_str())
            .to_owned(),
        None => "not found".to_owned(),
    })
}

struct Job<'a> {
    probe: &'a ToolProbe,
    toolchain: Option<&'a GoToolchain>,
    project: &'a Project,
    cache: &'a Cache,
    limit: Duration,
    cancel: &'a Cancel,
}

impl Job<'_> {
    /// The command as a reader would type it.
    fn line(&self) -> String {
        let probe = self.probe;
        let tool = match self.toolchain {
            Some(_) => "go",
            None => "rustc",
        };
        let mut words: Vec<String> = probe.env.iter().map(|(k, v)| format!("{k}={v}")).collect();
        words.push(tool.to_owned());
        words.extend(probe.args.iter().cloned());
        words.push(probe.source.clone());
        words.extend(probe.go_line.iter().map(|line| format!("(go {line})")));
        words.join(" ")
    }

    fn run(&self) -> Result<Answer, AskError> {
        let scratch = tempfile::tempdir().map_err(|error| self.source(&env::temp_dir(), error))?;
        let (tool, args, env) = match self.toolchain {
            Some(toolchain) => self.go(toolchain, scratch.path())?,
            None => self.rustc(scratch.path())?,
        };
        let failed = |source| AskError::Tool {
            key: self.probe.key.clone(),
            tool: tool.to_string_lossy().into_owned(),
            source,
        };
        let handle = duct::cmd(&tool, &args)
            .dir(scratch.path())
            .full_env(env)
            .before_spawn(|command| {
                command.process_group(0);
                Ok(())
            })
            .stdin_null()
            .stderr_to_stdout()
            .stdout_capture()
            .unchecked()
            .start()
            .map_err(failed)?;
        let Some(output) = self.wait(&handle).map_err(failed)? else {
            // `go` leaves its tools behind where only it is killed.
            for group in handle.pids().into_iter().filter_map(ProcessGroup::new) {
                group.kill();
            }
            handle.wait().map_err(failed)?;
            let key = self.probe.key.clone();
            return Err(if self.cancel.is_cancelled() {
                AskError::Cancelled { key }
            } else {
                AskError::Late {
                    key,
                    tool: self.line(),
                    limit: self.limit,
                }
            });
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let mut output_text = text.replace(&scratch.path().display().to_string(), ".");
        if let Some(toolchain) = self.toolchain {
            let goroot = toolchain.goroot.display().to_string();
            output_text = output_text.replace(&goroot, "$GOROOT");
        }
        Ok(Answer {
            accepted: output.status.success(),
            output: output_text,
        })
    }

    /// What the tool printed; `None` where the limit or the user came first.
    fn wait<'h>(&self, handle: &'h duct::Handle) -> io::Result<Option<&'h Output>> {
        let begun = Instant::now();
        while !self.cancel.is_cancelled() {
            let Some(left) = self.limit.checked_sub(begun.elapsed()) else {
                break;
            };
            if let Some(output) = handle.wait_timeout(left.min(LOOK))? {
                return Ok(Some(output));
            }
        }
        Ok(None)
    }

    fn go(&self, toolchain: &GoToolchain, scratch: &Path) -> Result<Command, AskError> {
        let folder = self.project.go_programs().join(&self.probe.source);
        self.copy(&folder, scratch)?;
        let module = scratch.join("go.mod");
        if !module.is_file() {
            let line = self.probe.go_line.clone();
            let line = line.unwrap_or_else(|| toolchain.version.language());
            let text = format!("module example\n\ngo {line}\n");
            fs::write(&module, text).map_err(|error| self.source(&module, error))?;
        }
        let mut args: Vec<OsString> = self.probe.args.iter().map(OsString::from).collect();
        if self.probe.args.first().is_some_and(|verb| verb == "build") {
            // Never /dev/null: a failed link removes its output, and root may remove the device.
            let out = scratch.join("probe.out");
            args.splice(1..1, [OsString::from("-o"), out.into_os_string()]);
        }
        let env = go_environment(toolchain, self.cache, &self.probe.env);
        Ok((toolchain.go().into_os_string(), args, env))
    }

    fn rustc(&self, scratch: &Path) -> Result<Command, AskError> {
        let file = self.project.rust_equivalents().join(&self.probe.source);
        let name = file.file_name().unwrap_or_default();
        let copy = scratch.join(name);
        fs::copy(&file, &copy).map_err(|error| self.source(&file, error))?;
        let mut args: Vec<OsString> = self.probe.args.iter().map(OsString::from).collect();
        args.extend([EDITION.into(), "--emit=metadata".into(), name.to_owned()]);
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut env: BTreeMap<OsString, OsString> = env::vars_os()
            .filter(|(name, _)| RUSTC_NEEDS.iter().any(|needed| name == needed))
            .collect();
        env.extend(self.probe.env.iter().map(|(k, v)| (k.into(), v.into())));
        Ok((rustc, args, env))
    }

    fn copy(&self, from: &Path, to: &Path) -> Result<(), AskError> {
        let entries = fs::read_dir(from).map_err(|error| self.source(from, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| self.source(from, error))?;
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                fs::create_dir(&target).map_err(|error| self.source(&target, error))?;
                self.copy(&entry.path(), &target)?;
            } else {
                fs::copy(entry.path(), &target)
                    .map_err(|error| self.source(&entry.path(), error))?;
            }
        }
        Ok(())
    }

    fn source(&self, path: &Path, source: io::Error) -> AskError {
        AskError::Source {
            key: self.probe.key.clone(),
            path: path.to_owned(),
            source,
        }
    }
}

/// Tool, arguments, environment. The tool is no path: duct would look for a relative one in the current folder.
type Command = (OsString, Vec<OsString>, BTreeMap<OsString, OsString>);

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::toolchain::{GoVersion, Origin};

    fn probe(source: &str, pattern: Option<&str>) -> ToolProbe {
        ToolProbe {
            key: "k".to_owned(),
            language: Language::Rust,
            args: Vec::new(),
            source: source.to_owned(),
            go_line: None,
            go_min: None,
            env: BTreeMap::new(),
            pattern: pattern.map(str::to_owned),
        }
    }

    fn said(source: &str, probes: &[ToolProbe]) -> Result<(Vec<String>, String), AskError> {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("rust-equivalents");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("moved.rs"), source).unwrap();
        let project = Project::at(dir.path());
        let cache = Cache::at(dir.path().join("cache"));
        let limit = Duration::from_secs(60);
        let answers = ask(probes, None, &project, &cache, limit, &Cancel::new())?;
        let values = answers.records.iter().map(|record| match record {
            Record::Outcome(outcome) => outcome.value.to_string(),
            other => panic!("{other:?}"),
        });
        Ok((values.collect(), answers.said))
    }

    #[test]
    fn a_refusal_is_an_answer_and_the_command_runs_once() {
        let source = "fn main() { let s = String::new(); drop(s); println!(\"{s}\"); }";
        let probes = [
            probe("moved.rs", None),
            probe("moved.rs", Some(r"error\[(E\d+)\]")),
            probe("moved.rs", Some("E9999")),
        ];
        let (values, said) = said(source, &probes).unwrap();
        assert_eq!(values.len(), 3, "{values:?}");
        assert!(values[0].contains("refused"), "{values:?}");
        assert!(values[1].contains("E0382"), "{values:?}");
        assert!(values[2].contains("not found"), "{values:?}");
        assert_eq!(said.matches("$ rustc").count(), 1, "{said}");
        assert!(said.contains("borrow of moved value"), "{said}");
    }

    #[test]
    fn a_sound_source_is_accepted() {
        let (values, _) = said("fn main() {}", &[probe("moved.rs", None)]).unwrap();
        assert!(values[0].contains("accepted"), "{values:?}");
    }

    #[test]
    fn a_missing_source_is_named() {
        let error = said("fn main() {}", &[probe("gone.rs", None)]).unwrap_err();
        assert!(error.to_string().contains("gone.rs"), "{error}");
    }

    /// Asks a `go` that starts another process, writes its id to a file, and waits for ever.
    fn hanging(limit: Duration, during: impl FnOnce(&Cancel)) -> AskError {
        let dir = tempfile::tempdir().unwrap();
        let pids = dir.path().join("pids");
        let (bin, source) = (dir.path().join("bin"), dir.path().join("go-programs/p"));
        fs::create_dir(&bin).unwrap();
        fs::create_dir_all(&source).unwrap();
        // A shell in its place: a script just written may still be open in a process that another test forks.
        symlink("/bin/sh", bin.join("go")).unwrap();
        let script = format!(
            "sleep 600 & echo $$ $! > {0}.new; mv {0}.new {0}; wait",
            pids.display()
        );
        let toolchain = GoToolchain {
            version: GoVersion::new(1, 27, 3),
            goroot: dir.path().to_owned(),
            origin: Origin::Path,
        };
        let mut probe = probe("p", None);
        probe.language = Language::Go;
        probe.args = vec!["-c".to_owned(), script];
        let project = Project::at(dir.path());
        let cache = Cache::at(dir.path().join("cache"));
        let cancel = Cancel::new();
        let error = std::thread::scope(|scope| {
            let (probe, cancel) = (&probe, &cancel);
            let asking = scope.spawn(move || {
                ask(
                    std::slice::from_ref(probe),
                    Some(&toolchain),
                    &project,
                    &cache,
                    limit,
                    cancel,
                )
            });
            while !pids.exists() {
                assert!(!asking.is_finished(), "{:?}", asking.join().unwrap());
                std::thread::sleep(Duration::from_millis(5));
            }
            during(cancel);
            asking.join().unwrap().unwrap_err()
        });
        let text = fs::read_to_string(&pids).unwrap();
        for pid in text.split_whitespace() {
            let gone = || !Path::new("/proc").join(pid).join("exe").exists();
            let deadline = Instant::now() + Duration::from_secs(30);
            while !gone() {
                assert!(Instant::now() < deadline, "process {pid} is left");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        error
    }

    #[test]
    fn a_cancelled_tool_ends_with_all_that_it_started() {
        let error = hanging(Duration::from_secs(600), Cancel::cancel);
        assert!(matches!(error, AskError::Cancelled { .. }), "{error}");
    }

    #[test]
    fn a_tool_that_hangs_ends_with_all_that_it_started() {
        let error = hanging(Duration::from_secs(1), |_| ());
        assert!(matches!(error, AskError::Late { .. }), "{error}");
    }
}

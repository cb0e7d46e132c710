//! What every verb needs: the project, the terminal, the words.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use super::args::ColorWhen;
use super::exit::UsageError;
use crate::report::Terminal;
use crate::spec::{Experiment, Sources, load_all};
use crate::store;
use crate::toolchain::Project;
use crate::ui::{self, Progress};

/// Columns where the terminal does not tell.
const DEFAULT_WIDTH: u16 = 100;

/// Shared by all verbs.
#[derive(Clone, Debug)]
pub struct Context {
    /// The project.
    pub project: Project,
    /// Whether stdout is coloured.
    color: bool,
    /// Columns of the terminal.
    width: u16,
}

impl Context {
    /// Finds the project and looks at the terminal.
    ///
    /// # Errors
    /// [`UsageError`] where `project` is no root of a project; no project above the current folder.
    pub fn new(project: Option<&Path>, color: ColorWhen) -> anyhow::Result<Context> {
        let project = match project {
            Some(root) => named_project(root)?,
            None => Project::find(&std::env::current_dir()?)?,
        };
        let color = match color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
            }
        };
        let width = std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok())
            .or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0))
            .unwrap_or(DEFAULT_WIDTH);
        Ok(Context {
            project,
            color,
            width,
        })
    }

    /// Columns of the terminal.
    pub(super) fn width(&self) -> u16 {
        self.width
    }

    /// Text in a style where stdout is coloured.
    pub(super) fn paint(&self, style: anstyle::Style, text: &str) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// Loads every definition of the project.
    ///
    /// # Errors
    /// All problems of all definitions.
    pub fn experiments(&self) -> anyhow::Result<Vec<Experiment>> {
        Ok(load_all(&self.project.experiments(), &self.sources())?)
    }

    /// Where programs live.
    pub fn sources(&self) -> Sources {
        Sources {
            go_programs: self.project.go_programs(),
            rust_equivalents: self.project.rust_equivalents(),
        }
    }

    /// Folder of runs.
    pub fn runs(&self) -> PathBuf {
        self.project.root().join("results").join("runs")
    }

    /// The newest run that is committed with the project, if there is one.
    pub fn reference(&self) -> anyhow::Result<Option<PathBuf>> {
        let folder = self.project.root().join("results").join("reference");
        if !folder.is_dir() {
            return Ok(None);
        }
        Ok(store::latest(&folder)?.map(|entry| entry.path))
    }

    /// The folder of a run that was named by folder, id or `latest`.
    ///
    /// # Errors
    /// [`UsageError`] where there is none.
    pub fn run_folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        self.run_folder_in(&self.runs(), name)
    }

    /// As [`Context::run_folder`], with another folder of runs.
    ///
    /// # Errors
    /// As there.
    pub fn run_folder_in(&self, runs: &Path, name: &str) -> anyhow::Result<PathBuf> {
        if name == "latest" {
            return Ok(store::latest(runs)?
                .map(|entry| entry.path)
                .ok_or_else(|| UsageError(format!("there is no run in {}", runs.display())))?);
        }
        let by_id = runs.join(name);
        let reference = self
            .project
            .root()
            .join("results")
            .join("reference")
            .join(name);
        [PathBuf::from(name), by_id, reference]
            .into_iter()
            .find(|path| path.is_dir())
            .ok_or_else(|| {
                UsageError(format!(
                    "no run `{name}`: it is neither a folder nor an id in {}",
                    runs.display()
                ))
                .into()
            })
    }

    /// Git revision of the project, `-dirty` where files differ; `None` outside a checkout or without git.
    pub fn revision(&self) -> Option<String> {
        duct::cmd!(
            "git",
            "describe",
            "--always",
            "--dirty",
            "--abbrev=12",
            "--exclude=*"
        )
        .dir(self.project.root())
        .stderr_null()
        .read()
        .ok()
        .filter(|revision| !revision.is_empty())
    }

    /// Prints a result.
    ///
    /// # Errors
    /// What stdout returns; a reader that went away is none.
    pub fn print(&self, text: &str) -> io::Result<()> {
        write_stdout(text.as_bytes())
    }

    /// Tells what is going on, on stderr.
    pub fn tell(&self, line: &str) {
        // Nobody can be told that stderr is gone.
        let _ = writeln!(io::stderr(), "{line}");
    }

    /// Warns, on stderr.
    pub fn warn(&self, line: &str) {
        self.tell(&format!("warning: {line}"));
    }

    /// The terminal's exporter for a run in `folder`.
    pub fn terminal(&self, folder: &Path) -> Terminal {
        let shown = std::env::current_dir()
            .ok()
            .and_then(|cwd| folder.strip_prefix(cwd).ok())
            .unwrap_or(folder);
        Terminal {
            width: self.width,
            colour: self.color,
            folder: shown.display().to_string(),
        }
    }

    /// Progress on stderr.
    pub fn progress(&self) -> Box<dyn Progress> {
        if io::stderr().is_terminal() {
            Box::new(ui::Line::new())
        } else {
            Box::new(ui::Plain::default())
        }
    }
}

/// The project at `root`, and no other: a misspelt folder must not give the figures of another checkout.
fn named_project(root: &Path) -> anyhow::Result<Project> {
    // Children run in other folders, where a relative path would mean something else.
    let root = std::path::absolute(root)?;
    Project::find(&root)
        .ok()
        .filter(|project| project.root() == root)
        .ok_or_else(|| {
            UsageError(format!(
                "no project at {} (it has Cargo.toml, harness/experiments and go-programs)",
                root.display()
            ))
            .into()
        })
}

/// Writes a result to stdout. A reader that went away (`| head`) has what it wanted: that is no error.
pub(super) fn write_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

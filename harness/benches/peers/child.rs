//! Children of the proof: measured programs and the tools that measure them, all started in the same way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness::exec::{Cancel, CommandSpec, Executor as _, Flow, Limits, Line, UnixExecutor};
use harness::record::RunEnd;

/// Variables that every child may see.
const INHERITED: [&str; 4] = ["PATH", "HOME", "TMPDIR", "LANG"];

const GRACE: Duration = Duration::from_secs(2);
const MAX_OUTPUT: u64 = 16 * 1024 * 1024;
const MAX_LINE: usize = 1024 * 1024;

/// Starts children one at a time, each in a group of its own and under a time limit.
pub struct Children {
    executor: UnixExecutor,
    cancel: Cancel,
    env: BTreeMap<String, String>,
    folder: PathBuf,
    timeout: Duration,
}

impl Children {
    /// Children that start in `folder`, live at most `timeout`, and end when `cancel` is pulled.
    pub fn new(folder: &Path, timeout: Duration, cancel: Cancel) -> Children {
        let env = INHERITED
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .collect();
        Children {
            executor: UnixExecutor::new(),
            cancel,
            env,
            folder: folder.to_owned(),
            timeout,
        }
    }

    /// Where children start and leave files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs `program` to its end and hands out its lines. The time is that of its life.
    ///
    /// # Errors
    /// It did not exit with 0; the message has the end of its stderr.
    pub fn run(
        &mut self,
        program: &Path,
        args: &[String],
        env: &[(&str, String)],
        on_line: &mut dyn FnMut(Line<'_>),
    ) -> Result<Duration, String> {
        let mut whole = self.env.clone();
        whole.extend(env.iter().map(|(n, v)| ((*n).to_owned(), v.clone())));
        let command = CommandSpec {
            program: program.to_owned(),
            args: args.to_vec(),
            env: whole,
            cwd: self.folder.clone(),
            hold: false,
        };
        let limits = Limits {
            timeout: self.timeout,
            grace: GRACE,
            max_output: MAX_OUTPUT,
            max_line: MAX_LINE,
        };
        let finished = self
            .executor
            .run(&command, &limits, &self.cancel, &mut |line| {
                on_line(line);
                Flow::Continue
            });
        match finished.end {
            RunEnd::Exited { code: 0 } => Ok(Duration::from_nanos(finished.wall_ns)),
            end => Err(format!(
                "{} ended with {end:?}: {}",
                program.display(),
                finished.stderr_tail.trim()
            )),
        }
    }

    /// Like [`Children::run`], all of stdout kept as text.
    pub fn output(
        &mut self,
        program: &Path,
        args: &[String],
        env: &[(&str, String)],
    ) -> Result<String, String> {
        let mut text = String::new();
        self.run(program, args, env, &mut |line| {
            text.push_str(&String::from_utf8_lossy(line.bytes));
            text.push('\n');
        })?;
        Ok(text)
    }

    /// Whether the user asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// A time limit in wall-clock seconds for one comparison.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    started: Instant,
    whole: Duration,
}

impl Budget {
    /// Begins now.
    pub fn start(whole: Duration) -> Budget {
        Budget {
            started: Instant::now(),
            whole,
        }
    }

    /// Since the beginning.
    pub fn used(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether another step like the `steps` before it would still end in time.
    pub fn has_room_after(&self, steps: u32) -> bool {
        let used = self.used();
        used + used / steps.max(1) <= self.whole
    }
}

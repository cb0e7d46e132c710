//! One child process: started in a group of its own, limited, listened to, and accounted for by the kernel.
//!
//! [`UnixExecutor`] does it for real, [`MockExecutor`] replays a script; the engine knows only [`Executor`].
//! A command that is not measured (`go build`, `git`) does not come here.

mod cancel;
mod clock;
mod lines;
mod listen;
mod mock;
mod unix;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

pub use cancel::Cancel;
pub use clock::{Clock, SystemClock};
pub use mock::{MockClock, MockExecutor, Reply};
pub use unix::{ProcessGroup, UnixExecutor};

use crate::probe::{LineEnd, Progress};
use crate::record::{RunEnd, Usage};

/// Set to `1` for a program that is to wait for the end of its stdin after `done`.
pub const HOLD_VARIABLE: &str = "HARNESS_HOLD";

/// Carries the text of random length that moves the program's stack.
pub const PAD_VARIABLE: &str = "HARNESS_PAD";

/// What to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSpec {
    /// The executable, as an absolute path: there is no `PATH` search, and `cwd` is another folder.
    pub program: PathBuf,
    /// Arguments, the program's own name left out.
    pub args: Vec<String>,
    /// The whole environment of the child: nothing is inherited.
    pub env: BTreeMap<String, String>,
    /// Folder that the child starts in.
    pub cwd: PathBuf,
    /// Whether stdin is a pipe, held open until `done`, instead of `/dev/null`.
    ///
    /// Whoever sets this also sets [`HOLD_VARIABLE`]: without it the program does not wait.
    pub hold: bool,
}

impl CommandSpec {
    /// The command as a line to paste into a POSIX shell, in the form `env -i NAME=value ... program args`.
    ///
    /// [`HOLD_VARIABLE`] and [`PAD_VARIABLE`] are left out: by hand the one would make the program wait for
    /// the terminal, and the other is noise.
    pub fn shell_line(&self) -> String {
        let mut line = String::from("env -i");
        for (name, value) in &self.env {
            if name != HOLD_VARIABLE && name != PAD_VARIABLE {
                // Writing to a String can't fail.
                let _ = write!(line, " {name}={}", shell_quoted(value));
            }
        }
        let program = self.program.to_string_lossy();
        for word in std::iter::once(program.as_ref()).chain(self.args.iter().map(String::as_str)) {
            line.push(' ');
            line.push_str(&shell_quoted(word));
        }
        line
    }
}

/// `word` so that a POSIX shell reads it as one literal word.
pub(crate) fn shell_quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=/.,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// What a child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lifetime after which the group gets SIGTERM.
    pub timeout: Duration,
    /// Time from SIGTERM to SIGKILL.
    pub grace: Duration,
    /// Bytes on stdout and stderr together; one more and the group is killed.
    pub max_output: u64,
    /// Bytes of one line; a longer one is handed out cut, as [`LineEnd::TooLong`].
    pub max_line: usize,
}

/// One line of stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line without its newline, as the program wrote it.
    pub bytes: &'a [u8],
    /// Where it ended.
    pub end: LineEnd,
}

/// What the listener makes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Nothing special.
    Continue,
    /// The program is done and waits: read its peak memory, then let it go.
    Done,
    /// Nothing will come of it: close stdin now, so that a program that waits later does not wait for ever.
    Release,
}

impl From<Progress> for Flow {
    fn from(progress: Progress) -> Flow {
        match progress {
            Progress::More => Flow::Continue,
            Progress::Done => Flow::Done,
            Progress::Spoiled => Flow::Release,
        }
    }
}

/// How a child ended, and what it used.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// How it ended.
    pub end: RunEnd,
    /// What the kernel says of it; zero where it was not started.
    pub usage: Usage,
    /// From just before the start to the exit, nanoseconds.
    pub wall_ns: u64,
    /// CPU time that all threads of the harness used while the child lived, nanoseconds.
    pub harness_cpu_ns: u64,
    /// The last 4 KiB of stderr, invalid UTF-8 replaced.
    pub stderr_tail: String,
    /// A process that left the group still held stdout or stderr after the exit; what it wrote is lost.
    pub left_open: bool,
}

impl Finished {
    /// The result of a child that never lived.
    fn not_started(end: RunEnd) -> Finished {
        Finished {
            end,
            usage: Usage::default(),
            wall_ns: 0,
            harness_cpu_ns: 0,
            stderr_tail: String::new(),
            left_open: false,
        }
    }
}

/// Runs one child at a time.
pub trait Executor {
    /// Runs `command` to its end and hands each line of its stdout to `on_line`, in order.
    ///
    /// It does not fail: whatever goes wrong is a [`RunEnd`]. When it returns, no process of the child's
    /// group is left. A `cancel` that was pulled before or is pulled meanwhile ends in [`RunEnd::Cancelled`].
    fn run(
        &mut self,
        command: &CommandSpec,
        limits: &Limits,
        cancel: &Cancel,
        on_line: &mut dyn FnMut(Line<'_>) -> Flow,
    ) -> Finished;
}

/// A duration in whole nanoseconds; the largest `u64` (584 years) for anything longer.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(env: &[(&str, &str)], args: &[&str]) -> CommandSpec {
        CommandSpec {
            program: "/opt/gc pauses".into(),
            args: args.iter().map(|&a| a.to_owned()).collect(),
            env: env
                .iter()
                .map(|&(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
            cwd: "/".into(),
            hold: true,
        }
    }

    #[test]
    fn shell_line_quotes_what_a_shell_would_read() {
        let spec = spec(
            &[("GOGC", "50"), ("LANG", "a b"), ("EMPTY", "")],
            &["--case=churn", "--text=it's $HOME"],
        );
        assert_eq!(
            spec.shell_line(),
            r"env -i EMPTY='' GOGC=50 LANG='a b' '/opt/gc pauses' --case=churn '--text=it'\''s $HOME'"
        );
    }

    #[test]
    fn shell_line_survives_a_real_shell() {
        let mut spec = spec(
            &[("V", "$(id) `id` \\ \"x\" 'y'\n~ *")],
            &["-c", "printf %s \"$V\""],
        );
        spec.program = "/bin/sh".into();
        let out = std::process::Command::new("/bin/sh")
            .args(["-c", &spec.shell_line()])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&out.stdout), spec.env["V"]);
    }

    #[test]
    fn shell_line_leaves_out_what_only_the_harness_needs() {
        let spec = spec(
            &[(HOLD_VARIABLE, "1"), (PAD_VARIABLE, "xxxx"), ("A", "1")],
            &[],
        );
        assert_eq!(spec.shell_line(), "env -i A=1 '/opt/gc pauses'");
    }
}

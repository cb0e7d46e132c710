//! A second process of the program, for cases that end it, and what may block for ever.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};
use std::{any::Any, env};

/// How often a child is asked whether it has ended.
const POLL: Duration = Duration::from_millis(2);

/// How a child ended.
#[derive(Debug)]
pub struct Child {
    /// All that it wrote to stdout.
    pub stdout: String,
    /// All that it wrote to stderr.
    pub stderr: String,
    /// `None` where it still ran at its limit and was killed.
    pub status: Option<ExitStatus>,
}

/// Runs this program again with `args` (usually `--case=...`) and waits at most `limit`. `vars` are set on top of the
/// program's own environment.
///
/// # Errors
/// Where it can't be started or read.
pub fn run_child(limit: Duration, vars: &[(&str, &str)], args: &[&str]) -> io::Result<Child> {
    let mut child = Command::new(env::current_exe()?)
        .args(args)
        .env_remove("HARNESS_HOLD")
        .envs(vars.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = read_all(child.stdout.take());
    let stderr = read_all(child.stderr.take());
    let deadline = Instant::now() + limit;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if Instant::now() >= deadline => {
                child.kill()?;
                child.wait()?;
                break None;
            }
            None => thread::sleep(POLL),
        }
    };
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
    };
    Ok(Child {
        stdout: text(stdout),
        stderr: text(stderr),
        status,
    })
}

fn read_all(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A pipe that breaks ends the text; the exit status tells the rest.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

impl Child {
    /// The child's end in words: `finished`, `panicked: MESSAGE`, `exit N`, `signal N`, `still running`.
    pub fn fate(&self) -> String {
        let Some(status) = self.status else {
            return "still running".to_owned();
        };
        match status.code() {
            Some(0) => "finished".to_owned(),
            Some(101) => {
                // The message is the line below the one that names the thread.
                let mut lines = self.stderr.lines();
                let message = lines
                    .find(|line| line.contains("panicked at"))
                    .and_then(|_| lines.next());
                message.map_or_else(
                    || "exit 101".to_owned(),
                    |message| format!("panicked: {message}"),
                )
            }
            Some(code) => format!("exit {code}"),
            None => {
                use std::os::unix::process::ExitStatusExt;
                format!("signal {}", status.signal().unwrap_or_default())
            }
        }
    }
}

/// Whether `f` returns within `limit`. Where it does not, its thread is left behind: that is what "blocks for ever" is
/// judged by, beside the same `f` with the blocker removed.
///
/// # Panics
/// Where `f` does, with what it panicked with: that is neither, and in Go it ends the program too.
pub fn returns(limit: Duration, f: impl FnOnce() + Send + 'static) -> bool {
    let (done, wait) = mpsc::channel();
    let thread = thread::spawn(move || {
        f();
        // Nobody listens any more where it came too late.
        let _ = done.send(());
    });
    match wait.recv_timeout(limit) {
        Ok(()) => true,
        Err(RecvTimeoutError::Timeout) => false,
        // Only a panic takes the sender away before it has sent.
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(()) => true,
            Err(payload) => resume_unwind(payload),
        },
    }
}

/// The message with which `f` panics; `None` where it does not. What the panic hook prints stays on stderr.
pub fn panics<T>(f: impl FnOnce() -> T) -> Option<String> {
    catch_unwind(AssertUnwindSafe(f))
        .err()
        .map(|payload| message(&*payload))
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_returns_from_what_blocks() {
        assert!(returns(Duration::from_secs(30), || {}));
        assert!(!returns(Duration::from_millis(20), || loop {
            thread::park();
        }));
    }

    #[test]
    fn a_panic_is_neither_returning_nor_blocking() {
        let said = panics(|| returns(Duration::from_secs(30), || panic!("boom")));
        assert_eq!(said.as_deref(), Some("boom"));
    }

    #[test]
    fn keeps_the_message_of_a_panic() {
        let index = std::hint::black_box(3);
        let said = panics(|| [1, 2, 3][index]).unwrap();
        assert!(said.contains("out of bounds"), "{said}");
        assert_eq!(panics(|| 1), None);
    }

    #[test]
    fn names_the_end_of_a_child() {
        // The test binary with a name that fits no test ends well, with an unknown flag it does not.
        let limit = Duration::from_secs(30);
        let fine = run_child(limit, &[], &["no-such-test-name"]).unwrap();
        assert_eq!(fine.fate(), "finished");
        assert!(fine.stdout.contains("0 passed"), "{}", fine.stdout);
        let wrong = run_child(limit, &[], &["--no-such-flag"]).unwrap();
        assert_eq!(wrong.fate(), "exit 101");
    }
}

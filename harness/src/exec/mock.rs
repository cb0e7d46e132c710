//! An executor and a clock that replay a script. For tests of whatever runs children; public so that
//! integration tests can use it, of no use to the command itself.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Cancel, Clock, CommandSpec, Executor, Finished, Flow, Limits, Line, nanoseconds};
use crate::probe::LineEnd;
use crate::record::{RunEnd, Usage};

/// A clock that stands still until it is told to go on. Clones share the time.
#[derive(Clone, Debug, Default)]
pub struct MockClock(Rc<Cell<Duration>>);

impl MockClock {
    /// A clock at zero, which is 1970-01-01T00:00:00Z.
    pub fn new() -> MockClock {
        MockClock::default()
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.0.set(self.0.get().saturating_add(by));
    }
}

impl Clock for MockClock {
    fn elapsed(&self) -> Duration {
        self.0.get()
    }

    fn timestamp(&self) -> Timestamp {
        SignedDuration::try_from(self.0.get())
            .and_then(Timestamp::from_duration)
            .unwrap_or(Timestamp::MAX)
    }
}

/// What a scripted child does.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Its stdout, line by line.
    pub lines: Vec<Vec<u8>>,
    /// Its lifetime. Longer than the limit, it ends as timed out, after the limit.
    pub wall: Duration,
    /// Everything else. `wall_ns` is overwritten, and `peak_memory` is dropped unless the child was held
    /// and the listener saw `done`, as for a real one.
    pub finished: Finished,
}

impl Reply {
    /// Prints `lines`, exits 0 after a millisecond.
    pub fn printing<L: Into<Vec<u8>>>(lines: impl IntoIterator<Item = L>) -> Reply {
        Reply::ending(RunEnd::Exited { code: 0 }, lines)
    }

    /// Prints `lines`, ends as told after a millisecond.
    pub fn ending<L: Into<Vec<u8>>>(end: RunEnd, lines: impl IntoIterator<Item = L>) -> Reply {
        Reply {
            lines: lines.into_iter().map(Into::into).collect(),
            wall: Duration::from_millis(1),
            finished: Finished::not_started(end),
        }
    }

    /// The same with another lifetime.
    pub fn lasting(mut self, wall: Duration) -> Reply {
        self.wall = wall;
        self
    }

    /// The same with other usage.
    pub fn using(mut self, usage: Usage) -> Reply {
        self.finished.usage = usage;
        self
    }
}

type Script<'a> = Box<dyn FnMut(&CommandSpec) -> Reply + 'a>;

/// Starts nothing: asks its script what the child would have done, and keeps the commands it got.
pub struct MockExecutor<'a> {
    script: Script<'a>,
    clock: MockClock,
    calls: Vec<CommandSpec>,
}

impl<'a> MockExecutor<'a> {
    /// Replies by command. The script may pull a [`Cancel`] of its own, as a user would at that moment.
    pub fn new(
        clock: MockClock,
        script: impl FnMut(&CommandSpec) -> Reply + 'a,
    ) -> MockExecutor<'a> {
        MockExecutor {
            script: Box::new(script),
            clock,
            calls: Vec::new(),
        }
    }

    /// Replies in order; one call more than replies ends as not started, and says so.
    pub fn in_order(
        clock: MockClock,
        replies: impl IntoIterator<Item = Reply>,
    ) -> MockExecutor<'static> {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        MockExecutor::new(clock, move |command| {
            replies.pop_front().unwrap_or_else(|| {
                let error = format!("the script has no reply left for {}", command.shell_line());
                Reply::ending(RunEnd::StartFailed { error }, Vec::<Vec<u8>>::new())
                    .lasting(Duration::ZERO)
            })
        })
    }

    /// The commands so far, in order.
    pub fn calls(&self) -> &[CommandSpec] {
        &self.calls
    }
}

impl Executor for MockExecutor<'_> {
    fn run(
        &mut self,
        command: &CommandSpec,
        limits: &Limits,
        cancel: &Cancel,
        on_line: &mut dyn FnMut(Line<'_>) -> Flow,
    ) -> Finished {
        if cancel.is_cancelled() {
            return Finished::not_started(RunEnd::Cancelled);
        }
        self.calls.push(command.clone());
        let Reply {
            lines,
            wall,
            mut finished,
        } = (self.script)(command);

        let mut held_at_done = false;
        for bytes in &lines {
            let flow = on_line(Line {
                bytes,
                end: LineEnd::Newline,
            });
            held_at_done |= command.hold && flow == Flow::Done;
        }
        if !held_at_done {
            finished.usage.peak_memory = None;
        }
        if wall > limits.timeout {
            finished.end = RunEnd::TimedOut {
                after_ns: nanoseconds(limits.timeout),
                killed: false,
            };
        }
        if cancel.is_cancelled() {
            finished.end = RunEnd::Cancelled;
        }
        let lived = wall.min(limits.timeout);
        self.clock.advance(lived);
        finished.wall_ns = nanoseconds(lived);
        finished
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        timeout: Duration::from_secs(60),
        grace: Duration::from_secs(1),
        max_output: 1000,
        max_line: 100,
    };

    fn command(arg: &str) -> CommandSpec {
        CommandSpec {
            program: "/p".into(),
            args: vec![arg.to_owned()],
            env: Default::default(),
            cwd: "/".into(),
            hold: true,
        }
    }

    #[test]
    fn replays_in_order_and_moves_the_clock() {
        let clock = MockClock::new();
        let slow = Reply::printing(["a", "b"]).lasting(Duration::from_secs(2));
        let hang = Reply::printing(["c"]).lasting(Duration::from_secs(3600));
        let mut mock = MockExecutor::in_order(clock.clone(), [slow, hang]);
        let mut heard = Vec::new();
        let ends: Vec<RunEnd> = ["1", "2", "3"]
            .map(|arg| {
                mock.run(&command(arg), &LIMITS, &Cancel::new(), &mut |line| {
                    heard.push(line.bytes.to_vec());
                    Flow::Continue
                })
                .end
            })
            .into();
        assert_eq!(heard, [b"a", b"b", b"c"]);
        assert_eq!(ends[0], RunEnd::Exited { code: 0 });
        assert!(matches!(
            ends[1],
            RunEnd::TimedOut {
                after_ns: 60_000_000_000,
                ..
            }
        ));
        assert!(matches!(ends[2], RunEnd::StartFailed { .. }));
        assert_eq!(clock.elapsed(), Duration::from_secs(62));
        assert_eq!(clock.timestamp().to_string(), "1970-01-01T00:01:02Z");
        assert_eq!(mock.calls().len(), 3);
        assert_eq!(mock.calls()[1].args, ["2"]);
    }

    #[test]
    fn peak_memory_is_known_only_of_a_child_that_was_held() {
        let usage = Usage {
            peak_memory: Some(7),
            ..Usage::default()
        };
        let mut mock = MockExecutor::new(MockClock::new(), |_| {
            Reply::printing(["done"]).using(usage.clone())
        });
        let mut held = command("x");
        for (hold, flow, expected) in [
            (true, Flow::Done, Some(7)),
            (true, Flow::Release, None),
            (false, Flow::Done, None),
        ] {
            held.hold = hold;
            let finished = mock.run(&held, &LIMITS, &Cancel::new(), &mut |_| flow);
            assert_eq!(finished.usage.peak_memory, expected, "{hold} {flow:?}");
        }
    }

    #[test]
    fn a_script_can_cancel() {
        let cancel = Cancel::new();
        let mut mock = MockExecutor::new(MockClock::new(), |_| {
            cancel.cancel();
            Reply::printing(["x"])
        });
        let mut run = || mock.run(&command("x"), &LIMITS, &cancel, &mut |_| Flow::Continue);
        assert_eq!(run().end, RunEnd::Cancelled);
        assert_eq!(run().end, RunEnd::Cancelled);
        assert_eq!(mock.calls().len(), 1, "nothing starts after a cancel");
    }
}

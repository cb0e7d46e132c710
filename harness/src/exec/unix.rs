//! The real executor: a process group, three blocked threads, and a main thread asleep in one channel.
//!
//! stdout, stderr and the child's exit each have a thread that blocks in the kernel and reports through the
//! channel; a timeout is the channel's own. While a program measures, none of them runs.
//!
//! The exit is seen with `waitid(WNOWAIT)`, which leaves a zombie: as long as it is there, the number of the
//! group cannot be given to another one, so the whole group can be killed without hitting a stranger. Only
//! then is the child reaped, and its `rusage` taken. The executor makes itself the *subreaper* of its
//! descendants (`prctl(2)`), so that orphans of the group become its own children and it can wait until the
//! last one is really gone, whatever process 1 does.
#![expect(
    unsafe_code,
    reason = "std has no kill of a group, waitid, wait4, getrusage or prctl; this file wraps exactly those"
)]

use std::io;
use std::num::NonZeroI32;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::lines::{LineSplitter, Tail};
use super::listen::{Event, Listeners, Stream};
use super::{Cancel, CommandSpec, Executor, Finished, Flow, Limits, Line, nanoseconds};
use crate::record::{RunEnd, Usage};

/// Bytes kept of stderr.
const STDERR_TAIL: usize = 4096;
/// Chunks in the channel before a reader waits, so that a flood fills no memory.
const QUEUE: usize = 16;
/// How long after the exit a silent pipe is waited for, where a process outside the group keeps it open.
const DRAIN: Duration = Duration::from_secs(1);

/// Runs children of this machine.
#[derive(Debug)]
pub struct UnixExecutor {
    /// Started with the first child.
    listeners: Option<Listeners>,
}

impl UnixExecutor {
    /// An executor. From now on this process adopts orphans among its descendants.
    pub fn new() -> UnixExecutor {
        adopt_orphans();
        UnixExecutor { listeners: None }
    }
}

impl Default for UnixExecutor {
    fn default() -> Self {
        UnixExecutor::new()
    }
}

impl Executor for UnixExecutor {
    fn run(
        &mut self,
        command: &CommandSpec,
        limits: &Limits,
        cancel: &Cancel,
        on_line: &mut dyn FnMut(Line<'_>) -> Flow,
    ) -> Finished {
        let (sender, events) = mpsc::sync_channel(QUEUE);
        let waker = sender.clone();
        // An error means that the child is already over: then there is nobody to wake.
        let Some(_armed) = cancel.arm(move || drop(waker.send(Event::Cancelled))) else {
            return Finished::not_started(RunEnd::Cancelled);
        };
        let listeners = match self.listeners.take().map_or_else(Listeners::start, Ok) {
            Ok(listeners) => listeners,
            Err(error) => return could_not_start(command, &error),
        };
        let started = Instant::now();
        let finished = match start(command, &listeners, sender) {
            Ok((group, stdin)) => {
                Supervisor::new(group, stdin, limits, started).run(&events, on_line)
            }
            Err(error) => could_not_start(command, &error),
        };
        // Otherwise one of them still waits for a stranger: it ends with it, and the next child gets new ones.
        if !finished.left_open {
            self.listeners = Some(listeners);
        }
        finished
    }
}

fn could_not_start(command: &CommandSpec, error: &io::Error) -> Finished {
    Finished::not_started(RunEnd::StartFailed {
        error: format!("{}: {error}", command.program.display()),
    })
}

/// Starts the child, and has it listened to.
fn start(
    command: &CommandSpec,
    listeners: &Listeners,
    events: SyncSender<Event>,
) -> io::Result<(ProcessGroup, Option<ChildStdin>)> {
    // Nothing here may need a hook before exec: std then falls back from posix_spawn to fork, whose cost
    // grows with the memory of the harness.
    let mut child = Command::new(&command.program)
        .args(&command.args)
        .env_clear()
        .envs(&command.env)
        .current_dir(&command.cwd)
        .process_group(0)
        .stdin(if command.hold {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let group = ProcessGroup::new(child.id())
        .ok_or_else(|| io::Error::other("the system gave the child an impossible process id"))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let listening = listeners
        .await_exit(move || group.await_leader(), events.clone())
        .and_then(|()| listeners.listen(Stream::Stdout, stdout, events.clone()))
        .and_then(|()| listeners.listen(Stream::Stderr, stderr, events));
    if let Err(error) = listening {
        group.kill();
        // The child is lost either way; what is reported is why nobody listens.
        drop(group.reap());
        return Err(error);
    }
    Ok((group, child.stdin.take()))
}

/// How far the end has come.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// Within its time.
    Running,
    /// Has SIGTERM.
    Terminating,
    /// Has SIGKILL.
    Killed,
    /// The child is a zombie; the pipes may hold more.
    Draining,
}

struct Supervisor<'a> {
    group: ProcessGroup,
    stdin: Option<ChildStdin>,
    limits: &'a Limits,
    started: Instant,
    cpu_at_start: u64,
    phase: Phase,
    /// When the phase is to end; never, where the clock can't express it.
    deadline: Option<Instant>,
    /// Why we ended it; the first reason stays.
    cause: Option<RunEnd>,
    stderr: Tail,
    usage: Usage,
    /// Lifetime of the child and our CPU time in it, once it is over.
    lived: Option<(Instant, u64)>,
    bytes: u64,
    open_pipes: u8,
}

impl<'a> Supervisor<'a> {
    fn new(
        group: ProcessGroup,
        stdin: Option<ChildStdin>,
        limits: &'a Limits,
        started: Instant,
    ) -> Self {
        Supervisor {
            group,
            stdin,
            limits,
            started,
            cpu_at_start: own_cpu_ns(),
            phase: Phase::Running,
            deadline: started.checked_add(limits.timeout),
            cause: None,
            stderr: Tail::new(STDERR_TAIL),
            usage: Usage::default(),
            lived: None,
            bytes: 0,
            open_pipes: 2,
        }
    }

    fn run(
        mut self,
        events: &Receiver<Event>,
        on_line: &mut dyn FnMut(Line<'_>) -> Flow,
    ) -> Finished {
        let mut splitter = LineSplitter::new(self.limits.max_line);
        while self.lived.is_none() || self.open_pipes > 0 {
            match self.next(events) {
                Ok(Event::Output(stream, chunk)) => {
                    self.count(chunk.len());
                    match stream {
                        Stream::Stderr => self.stderr.push(&chunk),
                        Stream::Stdout if self.flooded() => {}
                        Stream::Stdout => {
                            splitter.push(&chunk, &mut |line| self.act(on_line(line)));
                        }
                    }
                }
                Ok(Event::Closed) => self.open_pipes -= 1,
                Ok(Event::Exited(at)) => self.exited(at),
                Ok(Event::Cancelled) => self.end_now(RunEnd::Cancelled),
                Err(RecvTimeoutError::Timeout) if self.phase == Phase::Draining => break,
                Err(RecvTimeoutError::Timeout) => self.out_of_time(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if !self.flooded() {
            splitter.finish(&mut |line| self.act(on_line(line)));
        }
        self.finish()
    }

    /// The next event, or the end of the phase.
    fn next(&self, events: &Receiver<Event>) -> Result<Event, RecvTimeoutError> {
        let Some(deadline) = self.deadline else {
            return events.recv().map_err(|_| RecvTimeoutError::Disconnected);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        // A channel that is never empty must not outweigh the clock; what an ended child left in it may.
        if left.is_zero() && self.phase != Phase::Draining {
            return Err(RecvTimeoutError::Timeout);
        }
        events.recv_timeout(left)
    }

    fn act(&mut self, flow: Flow) {
        match flow {
            Flow::Continue => {}
            Flow::Done => {
                if self.stdin.is_some() {
                    self.usage.peak_memory = self.group.leader_peak_memory();
                }
                self.stdin = None;
            }
            Flow::Release => self.stdin = None,
        }
    }

    fn count(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes > self.limits.max_output {
            self.end_now(RunEnd::Flooded {
                limit: self.limits.max_output,
            });
        }
    }

    fn flooded(&self) -> bool {
        self.bytes > self.limits.max_output
    }

    fn out_of_time(&mut self) {
        match self.phase {
            Phase::Running => {
                self.cause = Some(self.timed_out(false));
                self.group.terminate();
                self.phase = Phase::Terminating;
                self.deadline = Instant::now().checked_add(self.limits.grace);
            }
            Phase::Terminating => self.end_now(self.timed_out(true)),
            Phase::Killed | Phase::Draining => {}
        }
    }

    fn timed_out(&self, killed: bool) -> RunEnd {
        RunEnd::TimedOut {
            after_ns: nanoseconds(self.limits.timeout),
            killed,
        }
    }

    fn end_now(&mut self, cause: RunEnd) {
        match self.phase {
            Phase::Running => self.cause = Some(cause),
            Phase::Terminating => self.cause = Some(self.timed_out(true)),
            // A flood can also be what an ended child left in the pipe.
            Phase::Draining if self.flooded() => {
                self.cause.get_or_insert(cause);
            }
            Phase::Killed | Phase::Draining => {}
        }
        if matches!(self.phase, Phase::Running | Phase::Terminating) {
            self.group.kill();
            self.phase = Phase::Killed;
            self.deadline = None;
        }
    }

    fn exited(&mut self, at: Instant) {
        let cpu = own_cpu_ns().saturating_sub(self.cpu_at_start);
        self.lived = Some((at, cpu));
        // It made it in time, and this thread was late to hear of it.
        let in_time = at.saturating_duration_since(self.started) < self.limits.timeout;
        if in_time && matches!(self.cause, Some(RunEnd::TimedOut { .. })) {
            self.cause = None;
        }
        self.group.kill();
        self.phase = Phase::Draining;
        self.deadline = Instant::now().checked_add(DRAIN);
    }

    fn finish(mut self) -> Finished {
        let left_open = self.open_pipes > 0;
        if self.lived.is_none() {
            self.group.kill();
        }
        let reaped = self.group.reap();
        let (died, harness_cpu_ns) = self.lived.unwrap_or_else(|| (Instant::now(), 0));
        let own_end = match reaped {
            Ok((status, usage)) => {
                self.usage = Usage {
                    peak_memory: self.usage.peak_memory,
                    ..usage
                };
                match (status.code(), status.signal()) {
                    (Some(code), _) => RunEnd::Exited { code },
                    (None, signal) => RunEnd::Signalled {
                        signal: signal.unwrap_or(0),
                    },
                }
            }
            Err(error) => RunEnd::StartFailed {
                error: format!("the system lost its exit status: {error}"),
            },
        };
        Finished {
            end: self.cause.unwrap_or(own_end),
            usage: self.usage,
            wall_ns: nanoseconds(died.saturating_duration_since(self.started)),
            harness_cpu_ns,
            stderr_tail: self.stderr.into_text(),
            left_open,
        }
    }
}

/// A process group, by the process id of its leader.
///
/// To `kill(2)` 0 means the caller's own group, -1 everything, and a wrong sign one process instead of the
/// group: a value of this type is none of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessGroup(NonZeroI32);

impl ProcessGroup {
    /// The group that the process `leader` leads; `None` for 0, 1 and what is no process id.
    pub fn new(leader: u32) -> Option<ProcessGroup> {
        let id = i32::try_from(leader).ok().filter(|&id| id > 1)?;
        NonZeroI32::new(id).map(ProcessGroup)
    }

    /// Asks every process of the group to end.
    pub fn terminate(self) {
        self.signal(libc::SIGTERM);
    }

    /// Ends every process of the group.
    pub fn kill(self) {
        self.signal(libc::SIGKILL);
    }

    /// Whether no process is left in it, not even a zombie.
    pub fn is_gone(self) -> bool {
        !self.signal(0)
    }

    /// Whether somebody was there to get it.
    fn signal(self, signal: libc::c_int) -> bool {
        // SAFETY: kill takes two integers and touches no memory; the id is above 1, so its negation is a group.
        let result = unsafe { libc::kill(-self.0.get(), signal) };
        result == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
    }

    /// Blocks until the leader is a zombie, and leaves it one.
    fn await_leader(self) {
        // An error other than an interruption means that there is nothing to wait for.
        drop(self.wait_id(libc::P_PID, libc::WEXITED | libc::WNOWAIT));
    }

    /// Takes the leader's exit status and usage, then waits for those of the group that became our children.
    fn reap(self) -> io::Result<(ExitStatus, Usage)> {
        let mut status = 0;
        // SAFETY: rusage is integers only, for which all-zero is a value.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        let reaped = retried(|| {
            // SAFETY: both pointers are to live locals of the type that wait4 writes.
            unsafe { libc::wait4(self.0.get(), &mut status, 0, &mut usage) }
        });
        while self.wait_id(libc::P_PGID, libc::WEXITED).is_ok() {}
        reaped.map(|_| (ExitStatus::from_raw(status), usage_of(&usage)))
    }

    fn wait_id(self, kind: libc::idtype_t, options: libc::c_int) -> io::Result<libc::c_int> {
        retried(|| {
            // SAFETY: siginfo_t is integers and a union of such, for which all-zero is a value.
            let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
            // SAFETY: the pointer is to a live local of the type that waitid writes.
            unsafe { libc::waitid(kind, self.0.get().unsigned_abs(), &mut info, options) }
        })
    }

    /// `VmHWM` of the leader in bytes.
    fn leader_peak_memory(self) -> Option<u64> {
        let status = procfs::process::Process::new(self.0.get())
            .and_then(|process| process.status())
            .ok()?;
        Some(status.vmhwm? * 1024)
    }
}

/// Makes orphaned descendants children of this process instead of process 1.
fn adopt_orphans() {
    // A kernel before 3.4 refuses; then process 1 reaps the orphans, and we don't wait for them.
    // SAFETY: PR_SET_CHILD_SUBREAPER takes one integer and touches no memory.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1 as libc::c_ulong) };
}

/// CPU time of all threads of this process so far, nanoseconds.
fn own_cpu_ns() -> u64 {
    // SAFETY: rusage is integers only, for which all-zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // RUSAGE_SELF with a valid pointer has no way to fail.
    // SAFETY: the pointer is to a live local of the type that getrusage writes.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    timeval_ns(usage.ru_utime) + timeval_ns(usage.ru_stime)
}

fn usage_of(usage: &libc::rusage) -> Usage {
    let count = |n: libc::c_long| u64::try_from(n).unwrap_or(0);
    Usage {
        user_ns: timeval_ns(usage.ru_utime),
        system_ns: timeval_ns(usage.ru_stime),
        // Never ru_maxrss: it starts at the size of the process that started the child.
        peak_memory: None,
        minor_faults: count(usage.ru_minflt),
        major_faults: count(usage.ru_majflt),
        voluntary_switches: count(usage.ru_nvcsw),
        involuntary_switches: count(usage.ru_nivcsw),
    }
}

fn timeval_ns(time: libc::timeval) -> u64 {
    let part = |n: i64| u64::try_from(n).unwrap_or(0);
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_usec) * 1000
}

/// A system call again until no signal interrupts it.
fn retried(mut call: impl FnMut() -> libc::c_int) -> io::Result<libc::c_int> {
    loop {
        let result = call();
        if result >= 0 {
            return Ok(result);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_never_everybody_or_ourselves() {
        for id in [0, 1, i32::MAX as u32 + 1, u32::MAX] {
            assert_eq!(ProcessGroup::new(id), None, "{id}");
        }
        assert!(ProcessGroup::new(2).is_some());
    }
}

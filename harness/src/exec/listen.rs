//! The threads that block in the kernel for an executor: one each for stdout, stderr and the exit.

use std::io::{self, Read};
use std::sync::mpsc::{self, Sender, SyncSender};
use std::thread;
use std::time::Instant;

/// Bytes of one read; as much as a pipe holds by default (`pipe(7)`).
const CHUNK: usize = 64 * 1024;

/// What the threads report.
pub(super) enum Event {
    Output(Stream, Box<[u8]>),
    /// One of the two streams has ended.
    Closed,
    Exited(Instant),
    /// Comes from whoever pulled the cancel flag, not from a thread of ours.
    Cancelled,
}

#[derive(Clone, Copy)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

type Job = Box<dyn FnOnce(&mut [u8]) + Send>;

/// Three threads that outlive a child: starting them for each one costs an invocation of `/bin/true` about a
/// quarter more (`benches/exec_overhead.rs`).
#[derive(Debug)]
pub(super) struct Listeners {
    stdout: Sender<Job>,
    stderr: Sender<Job>,
    exit: Sender<Job>,
}

impl Listeners {
    /// Starts the threads. They end when this is dropped and their pipes are closed.
    pub(super) fn start() -> io::Result<Listeners> {
        Ok(Listeners {
            stdout: worker("stdout", CHUNK)?,
            stderr: worker("stderr", CHUNK)?,
            exit: worker("exit", 0)?,
        })
    }

    /// Reports what comes through `pipe`, and its end.
    pub(super) fn listen(
        &self,
        stream: Stream,
        pipe: Option<impl Read + Send + 'static>,
        events: SyncSender<Event>,
    ) -> io::Result<()> {
        let mut pipe =
            pipe.ok_or_else(|| io::Error::other("the child was started without pipes"))?;
        let worker = match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        };
        give(worker, move |buffer| {
            loop {
                let event = match pipe.read(buffer) {
                    Ok(length @ 1..) => Event::Output(stream, buffer[..length].into()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Ok(0) | Err(_) => break,
                };
                if events.send(event).is_err() {
                    return;
                }
            }
            drop(events.send(Event::Closed));
        })
    }

    /// Reports that `exit` has returned.
    pub(super) fn await_exit(
        &self,
        exit: impl FnOnce() + Send + 'static,
        events: SyncSender<Event>,
    ) -> io::Result<()> {
        give(&self.exit, move |_| {
            exit();
            drop(events.send(Event::Exited(Instant::now())));
        })
    }
}

fn worker(name: &str, buffer: usize) -> io::Result<Sender<Job>> {
    let (sender, jobs) = mpsc::channel::<Job>();
    let body = move || {
        let mut buffer = vec![0; buffer];
        for job in jobs {
            job(&mut buffer);
        }
    };
    // Detached: where a stranger keeps a pipe open, its thread must not be waited for.
    thread::Builder::new().name(name.to_owned()).spawn(body)?;
    Ok(sender)
}

fn give(worker: &Sender<Job>, job: impl FnOnce(&mut [u8]) + Send + 'static) -> io::Result<()> {
    worker
        .send(Box::new(job))
        .map_err(|_| io::Error::other("a thread that listens to children has died"))
}

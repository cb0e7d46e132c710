//! What a panic of a handler does to a server, and what a client that goes away does to a request, with a thread for each
//! connection: the standard library has no HTTP server, and this one is as small as it can be.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rust_equivalents::{Probe, Program, run_child};

/// How long a child may take, and how long a client waits: far longer than either needs.
const LIMIT: Duration = Duration::from_secs(20);

/// How long a client that will not be answered waits.
const TIMEOUT: Duration = Duration::from_millis(50);

/// How long a handler waits before it looks again whether its client is still there, and how often it looks at most.
const LOOK: Duration = Duration::from_millis(5);
const LOOKS: usize = 1000;

fn main() -> ExitCode {
    let mut program = Program::new("http-server");
    program.case(
        "middleware",
        "handlers that panic below catch_unwind",
        |p| or_failed(p, middleware),
    );
    program.case(
        "no-middleware",
        "handlers that panic with nothing to catch them, in a child",
        no_middleware,
    );
    program.case(
        "disconnect",
        "a client that closes its connection while the handler runs",
        |p| or_failed(p, disconnect),
    );
    program.case(
        "client-errors",
        "what the client's error is when its time is up",
        |p| or_failed(p, client_errors),
    );
    program.case(
        "no-middleware-child",
        "a handler panics, then another request",
        |_| {
            if let Ok(address) = serve(|stream| answer(stream, false)) {
                for path in ["/panic", "/ok"] {
                    let answered = ask(address, path).unwrap_or_default();
                    println!("{path}: {}", answered.lines().next().unwrap_or("no answer"));
                }
            }
        },
    );
    program.run()
}

fn or_failed(p: &mut Probe, case: impl FnOnce(&mut Probe) -> io::Result<()>) {
    if let Err(error) = case(p) {
        p.outcome("failed", error.to_string());
    }
}

/// Starts a server that gives each connection a thread of its own, and returns its address.
fn serve(
    handle: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Clone + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let handle = handle.clone();
            // A client that has gone is not the server's trouble.
            thread::spawn(move || drop(handle(&mut stream)));
        }
    });
    Ok(address)
}

/// The path that a request asks for; its headers are read and dropped.
fn request(stream: &TcpStream) -> io::Result<String> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    Ok(line.split(' ').nth(1).unwrap_or_default().to_owned())
}

fn respond(stream: &mut TcpStream, status: &str) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

fn handler(path: &str) -> &'static str {
    if path == "/panic" {
        panic!("in a handler");
    }
    "200 OK"
}

fn answer(stream: &mut TcpStream, catch: bool) -> io::Result<()> {
    let path = request(stream)?;
    let status = if catch {
        catch_unwind(AssertUnwindSafe(|| handler(&path))).unwrap_or("500 Internal Server Error")
    } else {
        handler(&path)
    };
    respond(stream, status)
}

/// All that comes back for a request.
fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn status(answer: &str) -> i64 {
    let code = answer.split(' ').nth(1);
    code.and_then(|code| code.parse().ok()).unwrap_or(0)
}

fn middleware(p: &mut Probe) -> io::Result<()> {
    let address = serve(|stream| answer(stream, true))?;
    p.outcome("status-before-writing", status(&ask(address, "/panic")?));
    p.outcome("status-of-another-request", status(&ask(address, "/ok")?));
    Ok(())
}

fn no_middleware(p: &mut Probe) {
    match run_child(LIMIT, &[], &["--case=no-middleware-child"]) {
        Ok(child) => {
            p.outcome("fate", child.fate());
            let closed = child.stdout.contains("/panic: no answer");
            p.outcome("connection-is-closed-without-an-answer", closed);
            let answered = child.stdout.contains("/ok: HTTP/1.1 200");
            p.outcome("next-request-is-answered", answered);
        }
        Err(error) => p.outcome("failed", error.to_string()),
    }
}

/// A handler hears of a client that has gone only where it looks: by reading from the connection.
fn looking(stream: &mut TcpStream, running: &Sender<()>, seen: &Sender<bool>) -> io::Result<()> {
    request(stream)?;
    stream.set_nonblocking(true)?;
    let mut gone = false;
    // Nobody waits any more where the case has given up.
    let _ = running.send(());
    for _ in 0..LOOKS {
        if matches!(stream.peek(&mut [0]), Ok(0)) {
            gone = true;
            break;
        }
        thread::sleep(LOOK);
    }
    let _ = seen.send(gone);
    Ok(())
}

fn disconnect(p: &mut Probe) -> io::Result<()> {
    let (running, runs) = mpsc::channel();
    let (seen, sees) = mpsc::channel();
    let address = serve(move |stream| looking(stream, &running, &seen))?;
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let started = runs.recv_timeout(LIMIT).is_ok();
    drop(stream);
    p.outcome("handler-ran", started);
    let gone = sees.recv_timeout(LIMIT).unwrap_or(false);
    p.outcome("seen-by-a-handler-that-looks", gone);
    Ok(())
}

fn client_errors(p: &mut Probe) -> io::Result<()> {
    let address = serve(|stream| {
        request(stream)?;
        thread::sleep(LIMIT);
        Ok(())
    })?;
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(stream, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let start = Instant::now();
    let error = stream.read(&mut [0]).err();
    let kind = error.map(|error| error.kind());
    let timed_out = matches!(
        kind,
        Some(io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
    );
    p.outcome("timeout-is-an-error-of-its-own-kind", timed_out);
    p.outcome("not-before-its-time", start.elapsed() >= TIMEOUT);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_status_of_an_answer() {
        assert_eq!(status("HTTP/1.1 500 Internal Server Error\r\n"), 500);
        assert_eq!(status(""), 0);
    }
}

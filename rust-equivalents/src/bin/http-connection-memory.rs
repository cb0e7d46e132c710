//! Opens connections to a hyper server of the same process, sends a request over each, and reads what memory the idle
//! connections keep. It needs Linux.

use std::convert::Infallible;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body};
use hyper_util::rt::TokioIo;
use rust_equivalents::{Phase, Probe, Program, Unit, proc_status};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// At how many numbers of connections memory is read, so that the cost of one is a slope.
const STEPS: usize = 5;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let mut program = Program::new("http-connection-memory");
    let connections = program.param("connections", 2000_usize, "connections in all");
    program.case(
        "idle",
        "memory of connections that wait for the next request",
        move |p| {
            if let Err(error) = idle(p, connections) {
                // Without done, the invocation counts as failed.
                eprintln!("http-connection-memory: {error}");
                std::process::exit(1);
            }
        },
    );
    program.run()
}

fn idle(p: &mut Probe, connections: usize) -> Outcome {
    // Two descriptors for a connection, and some for the process.
    rlimit::increase_nofile_limit(2 * connections as u64 + 64)?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_io()
        .build()?;
    let (tell, told) = mpsc::channel();
    drop(runtime.spawn(async move {
        if let Err(error) = serve(&tell).await {
            // The client notices that nobody answers.
            eprintln!("http-connection-memory: serve: {error}");
        }
    }));
    let address = told.recv()?;
    let mut open = Vec::with_capacity(connections);
    for step in 1..=STEPS {
        while open.len() < connections * step / STEPS {
            open.push(request(address)?);
        }
        thread::sleep(Duration::from_millis(20));
        let rss =
            proc_status("VmRSS").ok_or("the kernel does not tell the resident memory")? as f64;
        p.sample_at(
            "rss",
            Unit::Bytes,
            Phase::Measure,
            1,
            rss,
            open.len() as f64,
        );
    }
    p.check(open.len());
    // The tasks of the connections would outlive their runtime otherwise.
    runtime.shutdown_background();
    Ok(())
}

async fn serve(tell: &mpsc::Sender<SocketAddr>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tell.send(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        drop(tokio::spawn(
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)),
        ));
    }
}

async fn answer(_: Request<body::Incoming>) -> Result<Response<String>, Infallible> {
    Ok(Response::new("ok".to_owned()))
}

/// Sends a request over a new connection and waits for the answer. The connection stays open.
fn request(address: SocketAddr) -> Result<TcpStream, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    while !answer.ends_with(b"\r\n\r\nok") {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Err("the server closed the connection".into());
        }
        answer.extend_from_slice(&buffer[..n]);
    }
    if !answer.starts_with(b"HTTP/1.1 200") {
        return Err(format!("the server said {}", String::from_utf8_lossy(&answer)).into());
    }
    Ok(stream)
}

//! How many threads tokio's tasks need: parked ones, ones that block, ones that wait for the network. It needs Linux.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rust_equivalents::{Probe, Program, proc_status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

const PARKED_TASKS: usize = 20_000;
const BLOCKING_JOBS: usize = 100;
const CONNECTIONS: usize = 200;
/// What the runtime needs for itself and two workers, with room to spare.
const FEW: u64 = 16;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let mut program = Program::new("thread-count");
    type Case = fn(&mut Probe) -> Outcome;
    let cases: [(&'static str, &'static str, Case); 5] = [
        ("parked", "many tasks that wait on a semaphore", parked),
        (
            "in-kernel",
            "a hundred jobs that block, two workers",
            in_kernel,
        ),
        (
            "thread-limit",
            "more blocking jobs than there may be threads for them",
            thread_limit,
        ),
        (
            "blocked-processor",
            "a task that blocks beside one that works, one worker",
            blocked_processor,
        ),
        ("network", "tasks that read from idle connections", network),
    ];
    for (name, help, case) in cases {
        program.case(name, help, move |p| {
            if let Err(error) = case(p) {
                // Without done, the invocation counts as failed.
                eprintln!("thread-count: {name}: {error}");
                std::process::exit(1);
            }
        });
    }
    program.run()
}

fn threads() -> Result<u64, Box<dyn Error>> {
    Ok(proc_status("Threads").ok_or("the kernel does not tell the number of threads")?)
}

fn workers(count: usize) -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(count)
        .enable_io()
        .build()
}

fn parked(p: &mut Probe) -> Outcome {
    let runtime = workers(2)?;
    let gate = Arc::new(Semaphore::new(0));
    let started = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..PARKED_TASKS)
        .map(|_| {
            let (gate, started) = (gate.clone(), started.clone());
            runtime.spawn(async move {
                started.fetch_add(1, Ordering::Relaxed);
                gate.acquire().await.is_ok()
            })
        })
        .collect();
    while started.load(Ordering::Relaxed) < PARKED_TASKS {
        thread::sleep(Duration::from_millis(1));
    }
    p.outcome("few-threads", threads()? <= FEW);
    gate.add_permits(PARKED_TASKS);
    for task in tasks {
        runtime.block_on(task)?;
    }
    Ok(())
}

/// Blocking work does not go to the workers: it has a pool of threads that grows.
fn in_kernel(p: &mut Probe) -> Outcome {
    let runtime = workers(2)?;
    let jobs: Vec<_> = (0..BLOCKING_JOBS)
        .map(|_| runtime.spawn_blocking(|| thread::sleep(Duration::from_millis(400))))
        .collect();
    thread::sleep(Duration::from_millis(200));
    p.outcome("thread-for-each", threads()? > BLOCKING_JOBS as u64);
    for job in jobs {
        runtime.block_on(job)?;
    }
    Ok(())
}

/// Jobs for which there is no thread wait in a queue.
fn thread_limit(p: &mut Probe) -> Outcome {
    const LIMIT: usize = 50;
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(LIMIT)
        .build()?;
    let jobs: Vec<_> = (0..BLOCKING_JOBS)
        .map(|_| runtime.spawn_blocking(|| thread::sleep(Duration::from_millis(50))))
        .collect();
    thread::sleep(Duration::from_millis(25));
    let most = threads()?;
    let mut ended = 0_i64;
    for job in jobs {
        ended += i64::from(runtime.block_on(job).is_ok());
    }
    p.outcome("stays-within-limit", most <= LIMIT as u64 + FEW);
    p.outcome("jobs-done", ended);
    Ok(())
}

/// Whether a task works while another one blocks the only worker, as it is and under `block_in_place`.
fn blocked_processor(p: &mut Probe) -> Outcome {
    let span = Duration::from_millis(200);
    p.outcome(
        "works-meanwhile",
        progress_while(move || thread::sleep(span))? > 1000,
    );
    p.outcome(
        "works-beside-block-in-place",
        progress_while(move || tokio::task::block_in_place(|| thread::sleep(span)))? > 1000,
    );
    Ok(())
}

/// How often another task ran between the begin and the end of `block`, which runs in a task.
fn progress_while(block: impl FnOnce() + Send + 'static) -> Result<i64, Box<dyn Error>> {
    let runtime = workers(1)?;
    let count = Arc::new(AtomicI64::new(0));
    let counter = {
        let count = count.clone();
        runtime.spawn(async move {
            loop {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        })
    };
    let blocked = runtime.spawn(async move {
        let before = count.load(Ordering::Relaxed);
        block();
        count.load(Ordering::Relaxed) - before
    });
    let progress = runtime.block_on(blocked)?;
    counter.abort();
    Ok(progress)
}

fn network(p: &mut Probe) -> Outcome {
    let runtime = workers(2)?;
    let (most, got) = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mut clients = Vec::new();
        let mut readers = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(TcpStream::connect(address).await?);
            let (mut server, _) = listener.accept().await?;
            readers.push(tokio::spawn(
                async move { server.read(&mut [0_u8; 1]).await },
            ));
        }
        let settled = Instant::now() + Duration::from_millis(50);
        while Instant::now() < settled {
            tokio::task::yield_now().await;
        }
        let most = threads()?;
        for client in &mut clients {
            client.write_all(&[1]).await?;
        }
        let mut got = 0;
        for reader in readers {
            got += reader.await??;
        }
        Ok::<_, Box<dyn Error>>((most, got))
    })?;
    p.outcome("few-threads", most <= FEW);
    p.outcome("all-were-waiting", got == CONNECTIONS);
    Ok(())
}

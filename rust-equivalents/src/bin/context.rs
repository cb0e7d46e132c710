//! What stands beside Go's contexts in Rust: a token that is cancelled with its parent, waiting with a deadline, a broadcast
//! to many tasks, and values found by their type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rust_equivalents::{Probe, Program, returns};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Within what time something that must happen has to happen.
const SOON: Duration = Duration::from_secs(5);

/// How long nothing must happen to be called nothing.
const PATIENCE: Duration = Duration::from_millis(300);

/// How many tasks wait for one signal.
const WAITING: usize = 1000;

/// How many tokens are made and dropped.
const MADE: usize = 200;

/// Cancelled by hand or with its parent. A parent does not keep its children alive.
#[derive(Default)]
struct Token {
    cancelled: AtomicBool,
    children: Mutex<Vec<Weak<Token>>>,
}

impl Token {
    fn child(self: &Arc<Self>) -> Arc<Self> {
        let child = Arc::new(Token::default());
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        children.push(Arc::downgrade(&child));
        if self.is_cancelled() {
            child.cancel();
        }
        child
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        let children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        for child in children.iter().filter_map(Weak::upgrade) {
            child.cancel();
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("context");
    program.case("deadlines", "waiting that ends by itself", deadlines);
    program.case("tree", "who is cancelled with whom", tree);
    program.case(
        "loop",
        "computing loops that look at a token, and one that does not",
        looping,
    );
    program.case(
        "broadcast",
        "a thousand tasks wait for one signal",
        broadcast,
    );
    program.case("leaks", "what dropped tokens leave behind", leaks);
    program.case("values", "values found by their type", values);
    program.run()
}

fn deadlines(p: &mut Probe) {
    let after = Duration::from_millis(20);
    let (keep, wait) = mpsc::channel::<()>();
    let start = Instant::now();
    let ended = wait.recv_timeout(after);
    p.outcome("timeout-ends", ended == Err(RecvTimeoutError::Timeout));
    p.outcome("timeout-ends-early", start.elapsed() < after);
    drop(keep);
}

fn tree(p: &mut Probe) {
    let root = Arc::new(Token::default());
    let mut level = vec![root.clone()];
    let mut all = Vec::new();
    for _ in 0..3 {
        level = level
            .iter()
            .flat_map(|parent| [parent.child(), parent.child()])
            .collect();
        all.extend(level.iter().cloned());
    }
    let cancelled = |all: &[Arc<Token>]| all.iter().filter(|token| token.is_cancelled()).count();
    if let Some(leaf) = all.last() {
        leaf.cancel();
    }
    p.outcome("others-that-are-cancelled", cancelled(&all) as i64 - 1);
    root.cancel();
    p.outcome("descendants", all.len() as i64);
    p.outcome(
        "descendants-cancelled-with-the-root",
        cancelled(&all) as i64,
    );
    let late = root.child().is_cancelled();
    p.outcome("child-of-a-cancelled-one-is-cancelled", late);
}

/// Works until it is told to stop, or for ever.
fn compute(stop: impl Fn() -> bool) {
    let mut sum = 0_u64;
    for i in 0_u64.. {
        sum = sum.wrapping_add(i.wrapping_mul(i));
        if i % 1024 == 0 {
            black_box(sum);
            if stop() {
                return;
            }
        }
    }
}

fn looping(p: &mut Probe) {
    let token = Arc::new(Token::default());
    let stop = token.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        stop.cancel();
    });
    let looks = returns(SOON, move || compute(|| token.is_cancelled()));
    p.outcome("stops-with-err", looks);
    let blind = returns(PATIENCE, || compute(|| false));
    p.outcome("stops-without-looking", blind);
}

fn broadcast(p: &mut Probe) {
    let runtime = match Builder::new_multi_thread().worker_threads(2).build() {
        Ok(runtime) => runtime,
        Err(error) => return p.outcome("failed", error.to_string()),
    };
    let woken = Arc::new(AtomicUsize::new(0));
    let (signal, waiter) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for _ in 0..WAITING {
        let (mut waiter, woken) = (waiter.clone(), woken.clone());
        let wait = async move {
            // An error means that the sender is gone, which wakes up as well.
            let _ = waiter.wait_for(|cancelled| *cancelled).await;
            woken.fetch_add(1, Ordering::Relaxed);
        };
        tasks.spawn_on(wait, runtime.handle());
    }
    thread::sleep(Duration::from_millis(20));
    let before = woken.load(Ordering::Relaxed);
    p.outcome("woken-before-cancel", before as i64);
    // The receivers of the tasks are enough.
    drop(waiter);
    signal.send_replace(true);
    runtime.block_on(async { while tasks.join_next().await.is_some() {} });
    p.outcome("woken", woken.load(Ordering::Relaxed) as i64);
}

fn leaks(p: &mut Probe) {
    let parent = Arc::new(Token::default());
    for _ in 0..MADE {
        drop(parent.child());
    }
    let children = parent
        .children
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let kept = children.iter().filter_map(Weak::upgrade).count();
    p.outcome("of-a-cancellable-parent", kept as i64);
}

/// Values by their type, as the extensions of an HTTP request are.
#[derive(Default)]
struct Values(HashMap<TypeId, Box<dyn Any>>);

impl Values {
    fn insert<T: Any>(&mut self, value: T) {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
    }

    fn get<T: Any>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }
}

/// What two parts of a program attach that know nothing of each other.
struct First(&'static str);
struct Second(&'static str);

fn values(p: &mut Probe) {
    let mut text = HashMap::new();
    text.insert("id", "of the first");
    text.insert("id", "of the second");
    p.outcome("text-key-of-the-first-finds", text["id"]);
    let mut typed = Values::default();
    typed.insert(First("of the first"));
    typed.insert(Second("of the second"));
    let first = typed.get::<First>().map_or("nothing", |first| first.0);
    p.outcome("typed-key-of-the-first-finds", first);
    let second = typed.get::<Second>().map_or("nothing", |second| second.0);
    p.outcome("typed-key-of-the-second-finds", second);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancels_downwards_only() {
        let root = Arc::new(Token::default());
        let child = root.child();
        let grandchild = child.child();
        child.cancel();
        assert!(grandchild.is_cancelled() && !root.is_cancelled());
        assert!(child.child().is_cancelled());
    }

    #[test]
    fn finds_values_by_their_type() {
        let mut values = Values::default();
        values.insert(First("a"));
        assert_eq!(values.get::<First>().map(|first| first.0), Some("a"));
        assert!(values.get::<Second>().is_none());
    }
}

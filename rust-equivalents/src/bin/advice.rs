//! What very deep recursion costs, the order of keys, waiting under a lock, and trying an initialisation again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rust_equivalents::{Probe, Program, run_child};

/// Room for recursion: address space, of which only what is touched becomes memory.
const DEEP_STACK: usize = 1 << 30;

fn main() -> ExitCode {
    let mut program = Program::new("advice");
    let depth = program.param("depth", 200_000_usize, "nodes of the chain that is walked");
    program.case(
        "deep",
        "walk a chain by recursion and with a stack of one's own",
        move |p| deep(p, depth),
    );
    program.case(
        "map-order",
        "keys of a map, as they come and sorted",
        map_order,
    );
    program.case(
        "lock-io",
        "threads that wait for something with a lock held, and without",
        lock_io,
    );
    program.case("retry", "an initialisation that fails twice", retry);
    program.case(
        "child-deep",
        "walk a chain by recursion on a thread's usual stack",
        move |p| {
            let nodes = chain(depth);
            let sum = thread::spawn(move || walk(&nodes, nodes.len().checked_sub(1)));
            p.check(sum.join().unwrap_or_default());
        },
    );
    program.run()
}

struct Node {
    left: Option<usize>,
    right: Option<usize>,
    value: u64,
}

fn chain(depth: usize) -> Vec<Node> {
    let node = |i: usize| Node {
        left: i.checked_sub(1),
        right: None,
        value: i as u64,
    };
    (0..depth).map(node).collect()
}

fn walk(nodes: &[Node], at: Option<usize>) -> u64 {
    let Some(node) = at.map(|at| &nodes[at]) else {
        return 0;
    };
    walk(nodes, node.left) + node.value + walk(nodes, node.right)
}

fn walk_stack(nodes: &[Node], mut at: Option<usize>) -> u64 {
    let mut sum = 0;
    let mut above = Vec::new();
    loop {
        while let Some(node) = at.map(|at| &nodes[at]) {
            above.push(node);
            at = node.left;
        }
        let Some(node) = above.pop() else {
            return sum;
        };
        sum += node.value;
        at = node.right;
    }
}

/// Both walks, each time on a thread of its own; the recursive one needs a stack that is large from the start.
fn deep(p: &mut Probe, depth: usize) {
    let nodes = chain(depth);
    let root = depth.checked_sub(1);
    let mut sum = 0;
    let mut timed = |metric: &str, work: fn(&[Node], Option<usize>) -> u64| {
        p.batches(metric, depth as u64, 1, 7, |_| {
            sum = thread::scope(|scope| {
                thread::Builder::new()
                    .stack_size(DEEP_STACK)
                    .spawn_scoped(scope, || work(&nodes, root))
                    .ok()
                    .and_then(|thread| thread.join().ok())
                    .unwrap_or_default()
            });
        });
    };
    timed("recursive", walk);
    timed("iterative", walk_stack);
    p.check(sum);
    let child = run_child(
        Duration::from_secs(20),
        &[],
        &["--case=child-deep", "--depth=1000000"],
    );
    let fate = child.map_or_else(|error| error.to_string(), |child| child.fate());
    p.outcome("usual-stack", fate);
}

fn map_order(p: &mut Probe) {
    let keys = || (0..64).map(|i| (format!("key-{i}"), i));
    let as_they_come: HashSet<Vec<String>> = (0..100)
        .map(|_| keys().collect::<HashMap<_, _>>().into_keys().collect())
        .collect();
    let sorted: HashSet<Vec<String>> = (0..100)
        .map(|_| keys().collect::<BTreeMap<_, _>>().into_keys().collect())
        .collect();
    p.outcome("order-varies", as_they_come.len() > 1);
    p.outcome("sorted-order-varies", sorted.len() > 1);
}

fn lock_io(p: &mut Probe) {
    const PAUSE: Duration = Duration::from_millis(2);
    let took = |under: bool| {
        let count = Mutex::new(0);
        let start = Instant::now();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        if !under {
                            thread::sleep(PAUSE);
                        }
                        let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
                        if under {
                            thread::sleep(PAUSE);
                        }
                        *count += 1;
                    }
                });
            }
        });
        start.elapsed()
    };
    p.outcome(
        "waiting-outside-the-lock-is-twice-as-fast",
        took(true) >= 2 * took(false),
    );
}

/// Fails until it is called for the third time.
fn failing() -> impl FnMut() -> Result<(), &'static str> {
    let mut attempts = 0;
    move || {
        attempts += 1;
        if attempts < 3 { Err("not yet") } else { Ok(()) }
    }
}

fn retry(p: &mut Probe) {
    let once = OnceLock::new();
    let mut load = failing();
    for _ in 0..5 {
        once.get_or_init(&mut load);
    }
    p.outcome("once-gets-ready", once.get().is_some_and(Result::is_ok));

    let state = Mutex::new(None);
    let mut load = failing();
    for _ in 0..5 {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_none() {
            *state = load().ok();
        }
    }
    let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    p.outcome("mutex-option-gets-ready", state.is_some());
}

//! Where threads are to compete, they must run at the same time. On a machine that is busy with other things a batch may
//! pass on one processor alone, and would show a lock without contention. So each batch is looked at: did both processors
//! begin, and did the program's threads wait for one?

use std::fs;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::nanos;

/// How long a thread waits at the gate for the others.
const PATIENCE: Duration = Duration::from_millis(2);
/// The part of a batch that threads may wait for a processor.
const DELAY_SHARE: f64 = 0.1;
/// How many batches of [`contend`] are worth trying for one that counts.
pub const CONTENTION_ATTEMPTS: usize = 4;

/// Lets threads begin together: the first ones wait until there are as many as processors, so that none has done its
/// share before the second processor is awake.
#[derive(Default)]
pub struct Gate {
    need: usize,
    arrived: AtomicUsize,
    late: AtomicBool,
    begun: OnceLock<Instant>,
}

impl Gate {
    /// A gate for `n` threads on two processors.
    fn new(n: usize) -> Arc<Self> {
        Arc::new(Gate {
            need: n.min(2),
            ..Gate::default()
        })
    }

    /// Waits for the others.
    pub fn enter(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let start = Instant::now();
        while self.arrived.load(Ordering::SeqCst) < self.need {
            if start.elapsed() > PATIENCE {
                self.late.store(true, Ordering::SeqCst);
                break;
            }
            spin_loop();
        }
        self.begun.get_or_init(Instant::now);
    }
}

/// Has `n` threads work, which enter the gate, and returns how long that takes from there, in ns, and whether they had
/// their processors.
pub fn contend(n: usize, work: impl FnOnce(&Arc<Gate>)) -> (f64, bool) {
    let gate = Gate::new(n);
    let before = run_delay();
    work(&gate);
    let ns = nanos(gate.begun.get_or_init(Instant::now).elapsed()) as f64;
    let sound = !gate.late.load(Ordering::SeqCst) && run_delay() - before <= DELAY_SHARE * ns;
    (ns, sound)
}

/// How long the threads of this process have been ready without a processor, in ns; 0 where the kernel does not tell.
fn run_delay() -> f64 {
    let Ok(threads) = fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    threads
        .flatten()
        // A thread may have ended since.
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().nth(1)?.parse::<f64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_in_which_the_others_never_came_does_not_count() {
        let (_, sound) = contend(2, |gate| gate.enter());
        assert!(!sound);
    }

    #[test]
    fn a_gate_for_one_lets_it_pass_at_once() {
        let gate = Gate::new(1);
        gate.enter();
        assert!(!gate.late.load(Ordering::SeqCst));
        assert!(gate.begun.get().is_some());
    }
}

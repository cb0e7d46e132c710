//! How many are inside at once.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long something that should happen may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// After how long something that has not returned counts as blocked.
pub const BLOCKED: Duration = Duration::from_millis(300);
/// How long a visit goes on, for one visitor too many to show up.
pub const LINGER: Duration = Duration::from_millis(1);

/// Counts visitors, who stay until `goal` of them have been inside together, so that the count does not depend on how
/// fast anybody is.
pub struct Gauge {
    state: Mutex<State>,
    reached: Condvar,
    goal: usize,
}

#[derive(Default)]
struct State {
    running: usize,
    peak: usize,
    open: bool,
}

impl Gauge {
    /// A gauge that waits for `goal` visitors.
    pub fn new(goal: usize) -> Self {
        Gauge {
            state: Mutex::default(),
            reached: Condvar::new(),
            goal,
        }
    }

    /// Enters, waits for the others, leaves. It blocks its thread.
    pub fn visit(&self) {
        let lock = || self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = lock();
        state.running += 1;
        state.peak = state.peak.max(state.running);
        if state.running == self.goal {
            state.open = true;
            self.reached.notify_all();
        }
        let (mut state, _) = self
            .reached
            .wait_timeout_while(state, PATIENCE, |state| !state.open)
            .unwrap_or_else(PoisonError::into_inner);
        state.open = true;
        drop(state);
        std::thread::sleep(LINGER);
        lock().running -= 1;
    }

    /// The most that were inside together.
    pub fn most(&self) -> i64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.peak as i64
    }
}

//! The rope that ends the current child at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Waker = Arc<dyn Fn() + Send + Sync>;

/// A flag that wakes whoever waits for a child. Clones share it; once pulled it stays so.
///
/// The thread that hears Ctrl-C pulls it; the executor that runs a child has hung its waker on it, and gets
/// the news through the very channel in which it sleeps.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    cancelled: bool,
    waker: Option<Waker>,
}

impl Cancel {
    /// A flag that nobody has pulled yet.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Ends the current child now, and every later one before it starts.
    pub fn cancel(&self) {
        let waker = {
            let mut state = self.state();
            state.cancelled = true;
            state.waker.clone()
        };
        // Outside the lock: the waker may block on a full channel whose receiver is about to disarm.
        if let Some(wake) = waker {
            wake();
        }
    }

    /// Whether it was pulled.
    pub fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// Has `wake` called when the flag is pulled, for as long as the guard lives; `None` if it already is.
    pub(super) fn arm(&self, wake: impl Fn() + Send + Sync + 'static) -> Option<Armed<'_>> {
        let mut state = self.state();
        if state.cancelled {
            return None;
        }
        state.waker = Some(Arc::new(wake));
        Some(Armed(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Both fields are written in one step each, so a panic elsewhere can't leave them half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Cancel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Cancel").field(&self.is_cancelled()).finish()
    }
}

/// Takes the waker off again when dropped.
pub(super) struct Armed<'a>(&'a Cancel);

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        self.0.state().waker = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn wakes_only_while_armed() {
        let cancel = Cancel::new();
        let woken = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&woken);
        let armed = cancel.arm(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        assert!(armed.is_some());
        cancel.clone().cancel();
        assert_eq!(woken.load(Ordering::SeqCst), 1);
        drop(armed);
        cancel.cancel();
        assert_eq!(woken.load(Ordering::SeqCst), 1);
        assert!(cancel.is_cancelled());
        assert!(
            cancel.arm(|| ()).is_none(),
            "pulled before: nothing may start"
        );
    }
}

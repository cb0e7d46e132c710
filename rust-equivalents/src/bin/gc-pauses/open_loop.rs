//! A load that does not wait for answers.

/// Calls `job` at fixed times, one every `interval` nanoseconds after the first reading of `now`,
/// until `done`. It records how many nanoseconds after its planned start each job ended. A job that
/// starts late because the one before was held up counts as late: waiting for the answer before
/// sending the next request would hide exactly the stalls that are looked for (coordinated omission).
///
/// It polls the clock. Nothing that is overdue when `done` turns true is left out.
pub(crate) fn open_loop(
    mut now: impl FnMut() -> u64,
    interval: u64,
    done: impl Fn() -> bool,
    mut job: impl FnMut(),
    mut record: impl FnMut(u64),
) {
    let mut due = now() + interval;
    loop {
        while now() < due {
            if done() {
                return;
            }
        }
        job();
        record(now() - due);
        due += interval;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    // The clock of these tests goes on by one unit a reading.
    fn latencies(stalled_job: u32, stall: u64, jobs_wanted: u32) -> Vec<u64> {
        let (clock, jobs) = (Cell::new(0), Cell::new(0));
        let now = || {
            clock.set(clock.get() + 1);
            clock.get()
        };
        let job = || {
            jobs.set(jobs.get() + 1);
            if jobs.get() == stalled_job {
                clock.set(clock.get() + stall);
            }
        };
        let mut latencies = Vec::new();
        open_loop(
            now,
            100,
            || jobs.get() >= jobs_wanted,
            job,
            |l| latencies.push(l),
        );
        latencies
    }

    #[test]
    fn a_stall_delays_every_job_that_was_due() {
        let latencies = latencies(3, 350, 8);
        assert_eq!(latencies.len(), 8);
        for (late, at_least) in latencies[2..6].iter().zip([350, 250, 150, 50]) {
            assert!((at_least..=at_least + 20).contains(late), "{latencies:?}");
        }
        for i in [0, 1, 6, 7] {
            assert!(latencies[i] <= 3, "{latencies:?}");
        }
    }

    #[test]
    fn overdue_jobs_are_not_left_out_at_the_end() {
        assert_eq!(latencies(1, 250, 1), [251, 153, 55]);
    }
}

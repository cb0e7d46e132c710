//! What the machine has room for.

use std::fs;

use rust_equivalents::{Probe, Unit};

use crate::thread::c_default_stack;

/// What a parked task may take before a run is called unsafe; the Go side has the same.
const BYTES_PER_UNIT: u64 = 6 << 10;

/// Why so many tasks are not parked here; `None` if they can be.
pub fn memory_lack(units: u64) -> Option<String> {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let Some(available) = line_number(&text, "MemAvailable:", 1) else {
        return Some("/proc/meminfo does not say how much memory is available".to_owned());
    };
    let needed = units * BYTES_PER_UNIT;
    (available * 1024 < needed).then(|| {
        format!(
            "{units} tasks may need {} MiB, and {} MiB are available",
            needed >> 20,
            available >> 10
        )
    })
}

/// Why so many threads are not started here; `None` if they can be. Half of what the kernel allows
/// is left to others.
pub fn thread_lack(units: u64) -> Option<String> {
    let left = kernel_thread_limit().saturating_sub(running_threads());
    (units > left / 2).then(|| {
        format!("{units} threads are more than half of the {left} that the kernel still allows")
    })
}

pub fn report(p: &mut Probe) {
    let limit = kernel_thread_limit();
    p.value("thread-limit", Unit::One, limit as f64);
    for (key, file) in [
        ("pid-max", "/proc/sys/kernel/pid_max"),
        ("threads-max", "/proc/sys/kernel/threads-max"),
        ("max-map-count", "/proc/sys/vm/max_map_count"),
    ] {
        if let Some(n) = number(file) {
            p.outcome(key, n as i64);
        }
    }
    p.value("c-default-stack", Unit::Bytes, c_default_stack() as f64);
    p.check(format!("limit {limit}"));
}

/// The smallest of the settings that stop a user's threads: ids, threads of the system, processes of
/// the user, the control group's, and mappings (a stack and its guard a thread).
fn kernel_thread_limit() -> u64 {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    [
        number("/proc/sys/kernel/pid_max"),
        number("/proc/sys/kernel/threads-max"),
        number("/proc/sys/vm/max_map_count").map(|mappings| mappings / 2),
        line_number(&limits, "Max processes", 2),
        number(&format!("{}/pids.max", group_folder(&groups))),
    ]
    .into_iter()
    .flatten()
    .min()
    .unwrap_or(u64::MAX)
}

/// The folder of the control group that limits the number of tasks, from `/proc/self/cgroup`: of the
/// hierarchy of the pids controller, else of the unified one.
fn group_folder(text: &str) -> String {
    let groups = || {
        text.lines().filter_map(|line| {
            let mut fields = line.splitn(3, ':').skip(1);
            Some((fields.next()?, fields.next()?))
        })
    };
    let named = |name: &str| groups().find(|(controllers, _)| *controllers == name);
    match (named("pids"), named("")) {
        (Some((_, path)), _) => format!("/sys/fs/cgroup/pids{path}"),
        (None, Some((_, path))) => format!("/sys/fs/cgroup{path}"),
        (None, None) => "/sys/fs/cgroup".to_owned(),
    }
}

/// Threads of the whole system; 0 if it is not known.
fn running_threads() -> u64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_once('/')
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// The number that a file holds. A file that is absent, or says `max`, gives none.
fn number(file: &str) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Word number `word` (from 0) of the line that starts with `start`.
fn line_number(text: &str, start: &str, word: usize) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(start))?;
    line.split_whitespace().nth(word)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_folder_of_the_control_group() {
        for (text, want) in [
            ("8:pids:/a\n0::/\n", "/sys/fs/cgroup/pids/a"),
            ("0::/user.slice/b\n", "/sys/fs/cgroup/user.slice/b"),
            ("4:memory:/x\n0::/\n", "/sys/fs/cgroup/"),
            ("", "/sys/fs/cgroup"),
            ("1:cpu:/\n9:name=c:/d", "/sys/fs/cgroup"),
        ] {
            assert_eq!(group_folder(text), want, "{text:?}");
        }
    }

    #[test]
    fn reads_words_of_lines() {
        let text =
            "Max processes             96364                96364                processes\n";
        assert_eq!(line_number(text, "Max processes", 2), Some(96364));
        assert_eq!(
            line_number("Max processes unlimited", "Max processes", 2),
            None
        );
        assert_eq!(
            line_number("MemAvailable:   24 kB", "MemAvailable:", 1),
            Some(24)
        );
        assert_eq!(line_number("", "MemAvailable:", 1), None);
    }
}

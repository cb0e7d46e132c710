//! What the machine went through while a program ran, and how much of it is too much.
//!
//! The files stay open and each is read with one call into one small buffer, so that a look before and
//! a look after cost tens of microseconds; `/proc/stat` grows with the number of CPUs.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use super::cgroup::Position;
use crate::record::{Disturbance, NoiseDelta};

/// The kernel's counters of CPU time count in these: `USER_HZ` is 100 on every Linux platform.
const JIFFY_NS: f64 = 10_000_000.0;

/// The open files.
#[derive(Debug, Default)]
pub struct NoiseProbe {
    load: Option<File>,
    cpu_pressure: Option<File>,
    memory_pressure: Option<File>,
    io_pressure: Option<File>,
    stat: Option<File>,
    throttling: Option<File>,
}

impl NoiseProbe {
    /// Opens what this system has. Everything is absent where there is no `/proc`.
    pub fn open() -> Self {
        Self::open_at(Path::new("/"))
    }

    fn open_at(root: &Path) -> Self {
        let open = |file: &str| File::open(root.join(file)).ok();
        NoiseProbe {
            load: open("proc/loadavg"),
            cpu_pressure: open("proc/pressure/cpu"),
            memory_pressure: open("proc/pressure/memory"),
            io_pressure: open("proc/pressure/io"),
            stat: open("proc/stat"),
            throttling: Position::find(root, "cpu")
                .and_then(|position| File::open(position.cpu_stat()).ok()),
        }
    }

    /// The state before an invocation.
    pub fn before(&self) -> Snapshot<'_> {
        Snapshot {
            probe: self,
            load: self.read_load(),
            counters: self.read_counters(),
        }
    }

    fn read_load(&self) -> Option<f64> {
        read(self.load.as_ref(), |text| {
            text.split_whitespace().next()?.parse().ok()
        })
    }

    fn read_counters(&self) -> Counters {
        Counters {
            cpu_pressure_us: read(self.cpu_pressure.as_ref(), pressure_total),
            memory_pressure_us: read(self.memory_pressure.as_ref(), pressure_total),
            io_pressure_us: read(self.io_pressure.as_ref(), pressure_total),
            cpu: read(self.stat.as_ref(), CpuTimes::parse),
            throttled: read(self.throttling.as_ref(), |text| {
                text.lines()
                    .find_map(|line| line.strip_prefix("nr_throttled "))?
                    .trim()
                    .parse()
                    .ok()
            }),
        }
    }
}

/// Reads the start of a file of `/proc`, which is made anew for each read at offset 0.
fn read<T>(file: Option<&File>, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut buffer = [0; 512];
    let length = std::os::unix::fs::FileExt::read_at(file?, &mut buffer, 0).ok()?;
    // The buffer may end inside a line, never inside the lines that are looked for.
    parse(std::str::from_utf8(buffer.get(..length)?).ok()?)
}

/// `total=` of the line `some`, microseconds.
fn pressure_total(text: &str) -> Option<u64> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    some.rsplit_once("total=")?.1.trim().parse().ok()
}

/// CPU time of all CPUs since boot, in jiffies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CpuTimes {
    /// Everything but idling, waiting and steal.
    pub(super) busy: u64,
    /// Taken by the hypervisor.
    pub(super) steal: u64,
    /// All of it.
    pub(super) total: u64,
}

impl CpuTimes {
    /// Reads the first line of `/proc/stat`.
    pub(super) fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().next()?.strip_prefix("cpu ")?;
        let fields: Vec<u64> = line
            .split_whitespace()
            .map_while(|field| field.parse().ok())
            .collect();
        // user nice system idle iowait irq softirq steal; guest time is part of user time.
        let [user, nice, system, idle, iowait, irq, softirq, steal, ..] = *fields.as_slice() else {
            return None;
        };
        let busy = user + nice + system + irq + softirq;
        Some(CpuTimes {
            busy,
            steal,
            total: busy + idle + iowait + steal,
        })
    }

    /// Share of all CPU time that the hypervisor took.
    pub(super) fn steal_share(self) -> Option<f64> {
        (self.total > 0).then(|| self.steal as f64 / self.total as f64)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    cpu_pressure_us: Option<u64>,
    memory_pressure_us: Option<u64>,
    io_pressure_us: Option<u64>,
    cpu: Option<CpuTimes>,
    throttled: Option<u64>,
}

/// The state before an invocation.
#[derive(Debug)]
pub struct Snapshot<'a> {
    probe: &'a NoiseProbe,
    load: Option<f64>,
    counters: Counters,
}

impl Snapshot<'_> {
    /// What happened since, where the child used `child_cpu_ns` of CPU time, the harness
    /// `harness_cpu_ns`, and `wall` passed.
    pub fn after(&self, child_cpu_ns: u64, harness_cpu_ns: u64, wall: Duration) -> NoiseDelta {
        let own_ns = child_cpu_ns.saturating_add(harness_cpu_ns);
        let after = self.probe.read_counters();
        NoiseDelta {
            load_before: self.load,
            ..delta(&self.counters, &after, own_ns, wall)
        }
    }
}

fn delta(before: &Counters, after: &Counters, own_ns: u64, wall: Duration) -> NoiseDelta {
    // A counter that runs backwards (an idle CPU's may) is no time.
    let grown = |pair: (Option<u64>, Option<u64>)| Some(pair.1?.saturating_sub(pair.0?));
    let wall_us = wall.as_secs_f64() * 1e6;
    let pressure = |before, after| {
        let us = grown((before, after))? as f64;
        (wall_us > 0.0).then(|| (us / wall_us).min(1.0))
    };
    let cpu = before.cpu.zip(after.cpu).map(|(before, after)| CpuTimes {
        busy: after.busy.saturating_sub(before.busy),
        steal: after.steal.saturating_sub(before.steal),
        total: after.total.saturating_sub(before.total),
    });
    NoiseDelta {
        load_before: None,
        cpu_pressure: pressure(before.cpu_pressure_us, after.cpu_pressure_us),
        memory_pressure: pressure(before.memory_pressure_us, after.memory_pressure_us),
        io_pressure: pressure(before.io_pressure_us, after.io_pressure_us),
        steal: cpu.and_then(CpuTimes::steal_share),
        // The jiffies of all CPUs are their number times the wall time, counted by the same clock as
        // the busy ones.
        foreign_cpu: cpu.filter(|cpu| cpu.total > 0).map(|cpu| {
            let foreign = cpu.busy as f64 - own_ns as f64 / JIFFY_NS;
            (foreign / cpu.total as f64).clamp(0.0, 1.0)
        }),
        throttled: grown((before.throttled, after.throttled)),
    }
}

/// How much noise an invocation may have; more, and it is marked and repeated. All shares are fractions.
///
/// The limits are declared before any measurement and hold for every run. CPU pressure has none: a
/// program with more threads than CPUs makes its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseLimits {
    /// Share of all CPU time that the hypervisor may take.
    pub steal: f64,
    /// Share of all CPU time that other processes may take.
    pub foreign_cpu: f64,
    /// Share of the wall time in which some task may wait for memory.
    pub memory_pressure: f64,
    /// Share of the wall time in which some task may wait for I/O.
    pub io_pressure: f64,
    /// How often the control group may be throttled.
    pub throttled: u64,
}

impl NoiseLimits {
    /// The declared limits, for an invocation long enough that the counters' coarseness is nothing.
    ///
    /// - Steal 2 %: it slows the program by about as much, which is near the spread between processes
    ///   on a quiet machine; more would stand out from it.
    /// - Foreign CPU 10 %: a machine's own services stay below it; beyond it some thread of a parallel
    ///   program loses its CPU, and shared caches and clock frequency change too.
    /// - Memory pressure 1 %: stalls for reclaim are rare and long, so that a small share is already
    ///   many of them, and no experiment means to cause one.
    /// - I/O pressure 5 %: the programs do no I/O in what they time. Pressure is that of the whole
    ///   machine and includes the journal's fsync, so that a small share says nothing.
    /// - Throttling 0: once is a stop of up to a whole period, 100 ms as a rule.
    pub const DECLARED: NoiseLimits = NoiseLimits {
        steal: 0.02,
        foreign_cpu: 0.10,
        memory_pressure: 0.01,
        io_pressure: 0.05,
        throttled: 0,
    };

    /// The declared limits, widened by what the kernel's counters can't resolve in `wall`: they step
    /// by 10 ms. Steal is one counter and gets one step; busy time is charged on each CPU by itself and
    /// gets one step a CPU. This is nothing in an invocation of seconds, and lets one of a few
    /// milliseconds pass, of which the counters know nothing.
    pub fn for_invocation(wall: Duration, cpus: u32) -> Self {
        let steps = wall.as_nanos() as f64 / JIFFY_NS;
        let slack = |each: f64| {
            if steps > 0.0 {
                each / steps
            } else {
                f64::INFINITY
            }
        };
        NoiseLimits {
            steal: Self::DECLARED.steal + slack(1.0 / f64::from(cpus.max(1))),
            foreign_cpu: Self::DECLARED.foreign_cpu + slack(1.0),
            ..Self::DECLARED
        }
    }

    /// Why the invocation counts as disturbed, or `None`. What the system does not tell disturbs nothing.
    pub fn judge(&self, noise: &NoiseDelta) -> Option<Disturbance> {
        let mut reasons = Vec::new();
        if let Some(times) = noise.throttled.filter(|times| *times > self.throttled) {
            reasons.push(format!("throttled {times} times by the control group"));
        }
        for (what, share, limit) in [
            ("CPU time stolen by the hypervisor", noise.steal, self.steal),
            (
                "CPU time used by other processes",
                noise.foreign_cpu,
                self.foreign_cpu,
            ),
            (
                "time stalled on memory",
                noise.memory_pressure,
                self.memory_pressure,
            ),
            ("time stalled on I/O", noise.io_pressure, self.io_pressure),
        ] {
            if let Some(share) = share.filter(|share| *share > limit) {
                reasons.push(format!(
                    "{what}: {:.1} % (limit {:.1} %)",
                    share * 100.0,
                    limit * 100.0
                ));
            }
        }
        (!reasons.is_empty()).then(|| Disturbance {
            reason: reasons.join("; "),
        })
    }
}

/// The 10-second average of the line `some` of a pressure file, as a fraction.
pub(super) fn pressure_now(root: &Path, resource: &str) -> Option<f64> {
    let text = fs::read_to_string(root.join("proc/pressure").join(resource)).ok()?;
    let some = text.lines().find(|line| line.starts_with("some "))?;
    let percent = some.split_once("avg10=")?.1.split_whitespace().next()?;
    Some(percent.parse::<f64>().ok()? / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn machine(root: &Path, stat: &str, memory_us: u64, throttled: u64) {
        write(root, "proc/loadavg", "1.25 0.80 0.50 2/300 4242\n");
        write(root, "proc/stat", stat);
        for (resource, total) in [("cpu", 900_000), ("memory", memory_us), ("io", 0)] {
            write(
                root,
                &format!("proc/pressure/{resource}"),
                &format!(
                    "some avg10=1.50 avg60=0.00 avg300=0.00 total={total}\n\
                     full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
                ),
            );
        }
        write(root, "proc/self/cgroup", "0::/\n");
        write(
            root,
            "proc/self/mountinfo",
            "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        );
        write(
            root,
            "sys/fs/cgroup/cpu.stat",
            &format!("usage_usec 5\nnr_periods 9\nnr_throttled {throttled}\n"),
        );
    }

    #[test]
    fn a_difference_of_two_looks_is_in_shares() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        machine(
            root,
            "cpu  1000 0 500 8000 0 0 0 10 0 0\ncpu0 1 1\n",
            100,
            3,
        );
        let probe = NoiseProbe::open_at(root);
        let before = probe.before();
        // One second on two CPUs: 120 busy jiffies, 4 stolen, 76 idle.
        machine(
            root,
            "cpu  1110 0 510 8076 0 0 0 14 0 0\ncpu0 1 1\n",
            20_100,
            4,
        );
        let noise = before.after(900_000_000, 100_000_000, Duration::from_secs(1));
        assert_eq!(
            noise,
            NoiseDelta {
                load_before: Some(1.25),
                cpu_pressure: Some(0.0),
                memory_pressure: Some(0.02),
                io_pressure: Some(0.0),
                steal: Some(0.02),
                foreign_cpu: Some(0.1),
                throttled: Some(1),
            }
        );
    }

    #[test]
    fn more_own_time_than_busy_jiffies_is_no_foreign_time() {
        let cpu = |busy, total| {
            Some(CpuTimes {
                busy,
                steal: 0,
                total,
            })
        };
        let before = Counters {
            cpu: cpu(0, 0),
            ..Counters::default()
        };
        let after = Counters {
            cpu: cpu(10, 20),
            ..Counters::default()
        };
        let noise = delta(&before, &after, 105_000_000, Duration::from_millis(100));
        assert_eq!(noise.foreign_cpu, Some(0.0));
        assert_eq!(noise.throttled, None);
    }

    #[test]
    fn a_machine_without_proc_tells_nothing_and_disturbs_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let probe = NoiseProbe::open_at(dir.path());
        let noise = probe.before().after(0, 0, Duration::from_secs(1));
        assert_eq!(noise, NoiseDelta::default());
        assert_eq!(NoiseLimits::DECLARED.judge(&noise), None);
    }

    #[test]
    fn each_limit_disturbs_by_itself_and_is_named_with_its_figure() {
        let quiet = NoiseDelta {
            load_before: Some(9.0),
            cpu_pressure: Some(0.9),
            memory_pressure: Some(0.01),
            io_pressure: Some(0.05),
            steal: Some(0.02),
            foreign_cpu: Some(0.10),
            throttled: Some(0),
        };
        let judge = |noise: NoiseDelta| NoiseLimits::DECLARED.judge(&noise).map(|d| d.reason);
        assert_eq!(judge(quiet.clone()), None, "a limit itself is allowed");
        for (noise, says) in [
            (
                NoiseDelta {
                    steal: Some(0.031),
                    ..quiet.clone()
                },
                "CPU time stolen by the hypervisor: 3.1 % (limit 2.0 %)",
            ),
            (
                NoiseDelta {
                    foreign_cpu: Some(0.2),
                    ..quiet.clone()
                },
                "CPU time used by other processes: 20.0 % (limit 10.0 %)",
            ),
            (
                NoiseDelta {
                    throttled: Some(2),
                    ..quiet.clone()
                },
                "throttled 2 times by the control group",
            ),
            (
                NoiseDelta {
                    memory_pressure: Some(0.015),
                    io_pressure: Some(0.06),
                    ..quiet
                },
                "time stalled on memory: 1.5 % (limit 1.0 %); time stalled on I/O: 6.0 % (limit 5.0 %)",
            ),
        ] {
            assert_eq!(judge(noise).as_deref(), Some(says));
        }
    }

    #[test]
    fn a_short_invocation_has_one_step_of_slack() {
        // 100 ms on 2 CPUs are 20 jiffies: one stolen is 5 %, and no evidence of 2 %.
        let noise = |steal, foreign_cpu| NoiseDelta {
            steal: Some(steal),
            foreign_cpu: Some(foreign_cpu),
            ..NoiseDelta::default()
        };
        let short = NoiseLimits::for_invocation(Duration::from_millis(100), 2);
        assert_eq!(short.judge(&noise(1.0 / 20.0, 4.0 / 20.0)), None);
        assert!(short.judge(&noise(2.0 / 20.0, 0.0)).is_some());
        assert!(short.judge(&noise(0.0, 5.0 / 20.0)).is_some());
        let long = NoiseLimits::for_invocation(Duration::from_secs(100), 2);
        assert!(long.judge(&noise(0.021, 0.0)).is_some());
        let none = NoiseLimits::for_invocation(Duration::ZERO, 2);
        assert_eq!(none.judge(&noise(1.0, 1.0)), None);
    }
}

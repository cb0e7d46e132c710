//! Is this machine fit to measure on? Judged from what was read before, so that every finding can be
//! tested without such a machine.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::facts::kilobytes;
use super::noise::{CpuTimes, NoiseLimits, pressure_now};
use crate::record::HostFacts;
use crate::units::Unit;

const GIB: u64 = 1 << 30;

/// Memory below which the heaps of the larger programs start reclaim.
const ENOUGH_MEMORY: u64 = 2 * GIB;

/// Room for one installed Go (0.3 GB), the build caches and the programs.
const ENOUGH_DISK: u64 = 2 * GIB;

/// Load of a machine that does nothing else, a CPU.
const QUIET_LOAD: f64 = 0.3;

/// CPU pressure now that shows tasks waiting although nothing is measured.
const QUIET_CPU_PRESSURE: f64 = 0.05;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// As it should be.
    Pass,
    /// Figures will be less certain.
    Warn,
    /// Some or all programs can't be built or measured.
    Fail,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Pass => "pass",
            Level::Warn => "warn",
            Level::Fail => "fail",
        })
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// What was looked at, in a word or two.
    pub what: &'static str,
    /// What was found, with the figure.
    pub says: String,
    /// What to do, where something can be done.
    pub fix: Option<String>,
}

/// The state of the machine now. A field is absent where the system does not tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Machine {
    /// One-minute load average.
    pub load: Option<f64>,
    /// Share of the last 10 seconds in which some task waited for a CPU.
    pub cpu_pressure: Option<f64>,
    /// The same for memory.
    pub memory_pressure: Option<f64>,
    /// The same for I/O.
    pub io_pressure: Option<f64>,
    /// Share of all CPU time since boot that the hypervisor took.
    pub steal: Option<f64>,
    /// Memory that can be had without reclaim of what is in use, bytes.
    pub available_memory: Option<u64>,
    /// The kernel's clock source, e.g. `tsc`.
    pub clock_source: Option<String>,
}

impl Machine {
    /// Reads the state now.
    pub fn read() -> Self {
        Self::read_at(Path::new("/"))
    }

    fn read_at(root: &Path) -> Self {
        let text = |file: &str| fs::read_to_string(root.join(file)).ok();
        Machine {
            load: text("proc/loadavg")
                .and_then(|load| load.split_whitespace().next()?.parse().ok()),
            cpu_pressure: pressure_now(root, "cpu"),
            memory_pressure: pressure_now(root, "memory"),
            io_pressure: pressure_now(root, "io"),
            steal: text("proc/stat").and_then(|stat| CpuTimes::parse(&stat)?.steal_share()),
            available_memory: text("proc/meminfo")
                .and_then(|meminfo| kilobytes(&meminfo, "MemAvailable")),
            clock_source: text("sys/devices/system/clocksource/clocksource0/current_clocksource")
                .map(|source| source.trim().to_owned()),
        }
    }
}

/// What the harness needs besides the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tools {
    /// Go toolchains that were found, each in words.
    pub go: Vec<String>,
    /// Folders that look like a Go toolchain and are not used, each with the reason.
    pub rejected: Vec<String>,
    /// Cargo's version.
    pub cargo: Option<String>,
    /// What the C compiler on the PATH says of itself.
    pub cc: Option<String>,
    /// Pip's version.
    pub pip: Option<String>,
    /// The cache directory.
    pub cache: PathBuf,
    /// Why it can't be written, where it can't.
    pub cache_problem: Option<String>,
    /// Room on its file system, bytes.
    pub disk_free: Option<u64>,
}

/// Everything that is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct DoctorInputs {
    /// The machine.
    pub facts: HostFacts,
    /// Its state.
    pub machine: Machine,
    /// Tools and folders.
    pub tools: Tools,
}

/// Free room on the file system that holds `path` or will hold it, in bytes, as `df` says.
pub fn free_disk(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|ancestor| ancestor.exists())?;
    let table = duct::cmd!("df", "-Pk", existing)
        .stderr_null()
        .read()
        .ok()?;
    parse_df(&table)
}

/// The fourth column of the second line, 1024-byte blocks (POSIX format).
fn parse_df(table: &str) -> Option<u64> {
    let available = table.lines().nth(1)?.split_whitespace().nth(3)?;
    Some(available.parse::<u64>().ok()? * 1024)
}

/// Judges the machine. Every finding is listed, those that pass too; what the system does not tell is
/// left out.
pub fn doctor(inputs: &DoctorInputs) -> Vec<Finding> {
    let DoctorInputs {
        facts,
        machine,
        tools,
    } = inputs;
    let mut findings = Vec::new();
    cpu(facts, &mut findings);
    state(facts, machine, &mut findings);
    limits(facts, machine, &mut findings);
    needs(tools, &mut findings);
    findings
}

fn pass(what: &'static str, says: impl Into<String>) -> Finding {
    Finding {
        level: Level::Pass,
        what,
        says: says.into(),
        fix: None,
    }
}

fn warn(what: &'static str, says: impl Into<String>, fix: &str) -> Finding {
    Finding {
        level: Level::Warn,
        what,
        says: says.into(),
        fix: Some(fix.to_owned()),
    }
}

fn fail(what: &'static str, says: impl Into<String>, fix: &str) -> Finding {
    Finding {
        level: Level::Fail,
        ..warn(what, says, fix)
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// What the CPUs are and how they are clocked.
fn cpu(facts: &HostFacts, findings: &mut Vec<Finding>) {
    findings.push(if facts.cpus < 2 {
        warn(
            "CPUs",
            "1 CPU: parallel programs can't run in parallel, and the harness shares it",
            "use a machine with 2 CPUs or more; claims about parallelism mean nothing here",
        )
    } else {
        pass("CPUs", format!("{} × {}", facts.cpus, facts.cpu_model))
    });
    match facts.governor.as_deref() {
        Some("performance") => findings.push(pass("governor", "performance")),
        Some(other) => findings.push(warn(
            "governor",
            format!("{other}: the clock frequency follows the load"),
            "cpupower frequency-set -g performance (as root)",
        )),
        // A virtual machine shows none; its host decides.
        None => {}
    }
    match facts.boost {
        Some(true) => findings.push(warn(
            "boost",
            "on: the clock frequency depends on temperature and on how many CPUs are busy",
            "echo 0 > /sys/devices/system/cpu/cpufreq/boost, or with intel_pstate \
             echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo (as root)",
        )),
        Some(false) => findings.push(pass("boost", "off")),
        None => {}
    }
    findings.push(match &facts.hypervisor {
        Some(name) => warn(
            "hypervisor",
            format!("{name}: other guests share caches and memory bandwidth unseen"),
            "repeat refutations by timing on bare metal",
        ),
        None => pass("hypervisor", "none"),
    });
}

/// What the machine does besides.
fn state(facts: &HostFacts, machine: &Machine, findings: &mut Vec<Finding>) {
    const QUIET: &str = "stop other work, or wait; `harness run` repeats what it sees disturbed";
    if let Some(load) = machine.load {
        let says = format!("{load:.2} over the last minute on {} CPUs", facts.cpus);
        findings.push(if load > QUIET_LOAD * f64::from(facts.cpus.max(1)) {
            warn("load", says, QUIET)
        } else {
            pass("load", says)
        });
    }
    let limits = NoiseLimits::DECLARED;
    for (what, share, limit) in [
        ("CPU pressure", machine.cpu_pressure, QUIET_CPU_PRESSURE),
        (
            "memory pressure",
            machine.memory_pressure,
            limits.memory_pressure,
        ),
        ("I/O pressure", machine.io_pressure, limits.io_pressure),
    ] {
        if let Some(share) = share {
            let says = format!("{} of the last 10 s", percent(share));
            findings.push(if share > limit {
                warn(what, says, QUIET)
            } else {
                pass(what, says)
            });
        }
    }
    if let Some(share) = machine.steal {
        let says = format!("{} of all CPU time since boot", percent(share));
        findings.push(if share > limits.steal {
            warn(
                "steal",
                says,
                "the host is overcommitted: use another machine or instance type",
            )
        } else {
            pass("steal", says)
        });
    }
    if let Some(source) = &machine.clock_source {
        findings.push(
            if matches!(
                source.as_str(),
                "tsc" | "kvm-clock" | "arch_sys_counter" | "hyperv_clocksource_tsc_page"
            ) {
                pass("clock source", source)
            } else {
                warn(
                    "clock source",
                    format!("{source}: each reading of the clock is a system call"),
                    "see why the kernel rejected the TSC (dmesg | grep -i tsc)",
                )
            },
        );
    }
}

/// What the machine lets a program have.
fn limits(facts: &HostFacts, machine: &Machine, findings: &mut Vec<Finding>) {
    if let Some(cpus) = facts.cgroup_cpus {
        // A quota at or above the number of CPUs can't throttle.
        findings.push(if cpus < f64::from(facts.cpus) {
            warn(
                "CPU limit",
                format!(
                    "{cpus} of {} CPUs: the control group stops programs that use more",
                    facts.cpus
                ),
                "lift the quota (docker run --cpus, Kubernetes limits.cpu), or pin whole CPUs instead",
            )
        } else {
            pass("CPU limit", format!("{cpus} CPUs"))
        });
    }
    let available = [machine.available_memory, facts.cgroup_memory]
        .into_iter()
        .flatten()
        .min();
    if let Some(bytes) = available {
        let says = format!("{} to be had", Unit::Byte.show(bytes as f64));
        findings.push(if bytes < ENOUGH_MEMORY {
            warn(
                "memory",
                says,
                "free at least 2 GiB, or leave out the experiments with large heaps",
            )
        } else {
            pass("memory", says)
        });
    }
    match facts.huge_pages.as_deref() {
        Some("always") => findings.push(warn(
            "huge pages",
            "always: memory figures grow in steps of 2 MiB and depend on the machine's history",
            "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled (as root)",
        )),
        Some(mode) => findings.push(pass("huge pages", mode)),
        None => {}
    }
}

/// Tools and folders.
fn needs(tools: &Tools, findings: &mut Vec<Finding>) {
    findings.push(match (tools.go.is_empty(), &tools.pip) {
        (false, _) => pass("go", tools.go.join(", ")),
        (true, Some(_)) => warn(
            "go",
            "none found; the first run installs the pinned release",
            "harness toolchain install, or name a GOROOT in HARNESS_GO_ROOTS",
        ),
        (true, None) => fail(
            "go",
            "none found, and no pip to install it with",
            "install Go and name its GOROOT in HARNESS_GO_ROOTS, or install pip",
        ),
    });
    for rejected in &tools.rejected {
        findings.push(warn(
            "go",
            rejected,
            "mend or remove the folder, or take it out of HARNESS_GO_ROOTS",
        ));
    }
    findings.push(match &tools.cargo {
        Some(version) => pass("cargo", version),
        None => fail(
            "cargo",
            "not found: no Rust program can be built",
            "install Rust, or put its cargo on the PATH",
        ),
    });
    findings.push(match &tools.cc {
        Some(version) => pass("C compiler", version),
        None => fail(
            "C compiler",
            "`cc` not found: no Rust program can be linked",
            "install one, e.g. the package gcc or build-essential, or put its cc on the PATH",
        ),
    });
    findings.push(match &tools.pip {
        Some(version) => pass("pip", version),
        None => warn(
            "pip",
            "not found: no Go release can be installed",
            "install pip (the package python3-pip)",
        ),
    });
    findings.push(match &tools.cache_problem {
        None => pass("cache", tools.cache.display().to_string()),
        Some(problem) => fail(
            "cache",
            problem,
            "set HARNESS_CACHE_DIR to a folder that can be written",
        ),
    });
    if let Some(bytes) = tools.disk_free {
        let says = format!("{} free for the cache", Unit::Byte.show(bytes as f64));
        findings.push(if bytes < ENOUGH_DISK {
            warn(
                "disk",
                says,
                "free at least 2 GiB, or set HARNESS_CACHE_DIR to another disk",
            )
        } else {
            pass("disk", says)
        });
    }
}

#[cfg(test)]
mod tests;

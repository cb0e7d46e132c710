//! Facts of the machine, read once a run. What the system does not tell stays absent.

use std::env;
use std::fs;
use std::path::Path;
use std::time::Instant;

use super::cgroup::Position;
use crate::record::{HostFacts, UNNAMED_HYPERVISOR};

/// Reads the facts. Takes some milliseconds, most of them for the C library's version.
pub fn read_facts() -> HostFacts {
    let (clock_step_ns, clock_cost_ns) = clock();
    HostFacts {
        arch: env::consts::ARCH.to_owned(),
        libc: libc_version(),
        clock_step_ns,
        clock_cost_ns,
        ..system(Path::new("/"))
    }
}

/// What the files below `root` say; nothing of it exists on another system than Linux.
fn from_files(root: &Path) -> HostFacts {
    let text = |file: &str| {
        let text = fs::read_to_string(root.join(file)).ok()?;
        let text = text.trim_end_matches(['\n', '\0']);
        (!text.is_empty()).then(|| text.to_owned())
    };
    let cpuinfo = text("proc/cpuinfo").unwrap_or_default();
    let cpu = |keys: &[&str]| keys.iter().find_map(|key| field(&cpuinfo, key));
    let kernel = ["proc/sys/kernel/ostype", "proc/sys/kernel/osrelease"].map(text);
    let boost = text("sys/devices/system/cpu/cpufreq/boost")
        .map(|on| on == "1")
        .or_else(|| text("sys/devices/system/cpu/intel_pstate/no_turbo").map(|off| off == "0"));
    HostFacts {
        kernel: kernel.into_iter().flatten().collect::<Vec<_>>().join(" "),
        // 64-bit ARM names no model, only numbers of implementer and part.
        cpu_model: cpu(&["model name", "Model", "cpu model", "CPU part"])
            .unwrap_or("unknown")
            .to_owned(),
        microcode: cpu(&["microcode"]).map(str::to_owned),
        cpus: text("proc/self/status")
            .as_deref()
            .and_then(|status| field(status, "Cpus_allowed_list"))
            .and_then(count_cpus)
            .unwrap_or_else(available_cpus),
        memory: text("proc/meminfo")
            .as_deref()
            .and_then(|meminfo| kilobytes(meminfo, "MemTotal"))
            .unwrap_or(0),
        governor: text("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        boost,
        hypervisor: hypervisor(
            text("sys/hypervisor/type"),
            text("sys/class/dmi/id/sys_vendor"),
            text("sys/class/dmi/id/product_name"),
            cpu(&["flags"]).unwrap_or_default(),
        ),
        cgroup_cpus: Position::find(root, "cpu")
            .and_then(|position| position.cpu_limit().map(|(cpus, _)| cpus)),
        cgroup_memory: Position::find(root, "memory").and_then(|p| p.memory_limit()),
        aslr: text("proc/sys/kernel/randomize_va_space").map(|mode| mode != "0"),
        huge_pages: text("sys/kernel/mm/transparent_hugepage/enabled")
            .as_deref()
            .and_then(chosen)
            .map(str::to_owned),
        ..HostFacts::default()
    }
}

#[cfg(not(target_os = "macos"))]
fn system(root: &Path) -> HostFacts {
    from_files(root)
}

#[cfg(target_os = "macos")]
fn system(root: &Path) -> HostFacts {
    let ask = |name: &str| duct::cmd!("sysctl", "-n", name).stderr_null().read().ok();
    HostFacts {
        kernel: duct::cmd!("uname", "-sr").read().unwrap_or_default(),
        cpu_model: ask("machdep.cpu.brand_string").unwrap_or_else(|| "unknown".to_owned()),
        memory: ask("hw.memsize")
            .and_then(|bytes| bytes.parse().ok())
            .unwrap_or(0),
        hypervisor: ask("kern.hv_vmm_present")
            .filter(|present| present == "1")
            .map(|_| UNNAMED_HYPERVISOR.to_owned()),
        ..from_files(root)
    }
}

fn available_cpus() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX))
}

/// The value of the first line `key : value`.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key && !value.trim().is_empty()).then(|| value.trim())
    })
}

/// The value of a line of `/proc/meminfo`, in bytes.
pub(super) fn kilobytes(meminfo: &str, key: &str) -> Option<u64> {
    let number = field(meminfo, key)?.strip_suffix("kB")?.trim();
    Some(number.parse::<u64>().ok()? * 1024)
}

/// How many CPUs a list such as `0-3,8` names.
fn count_cpus(list: &str) -> Option<u32> {
    list.split(',')
        .map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            last.checked_sub(first)?.checked_add(1)
        })
        .sum()
}

/// The choice in brackets: `always [madvise] never`.
fn chosen(text: &str) -> Option<&str> {
    Some(text.split_once('[')?.1.split_once(']')?.0)
}

/// The hypervisor's name: from Xen's own file, from the firmware's vendor where that is one of
/// virtual machines, else only that there is one, which the CPU flag says.
fn hypervisor(
    own: Option<String>,
    vendor: Option<String>,
    product: Option<String>,
    flags: &str,
) -> Option<String> {
    const VENDORS: [&str; 12] = [
        "QEMU",
        "KVM",
        "VMware",
        "Xen",
        "innotek",
        "VirtualBox",
        "Virtual Machine",
        "Parallels",
        "Amazon EC2",
        "Google",
        "DigitalOcean",
        "OpenStack",
    ];
    if own.is_some() {
        return own;
    }
    let flagged = flags.split_whitespace().any(|flag| flag == "hypervisor");
    let firmware = [vendor, product]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let known = VENDORS.iter().any(|name| firmware.contains(name));
    // A bare-metal machine of a cloud has its vendor's name as well, but on x86 lacks the flag.
    let virtual_machine = flagged || (known && flags.is_empty());
    virtual_machine.then(|| {
        if known {
            firmware
        } else {
            UNNAMED_HYPERVISOR.to_owned()
        }
    })
}

/// The C library that dynamically linked programs get, as `ldd` names it.
fn libc_version() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    // The ldd of musl writes to stderr and exits 1.
    let output = duct::cmd!("ldd", "--version")
        .stderr_to_stdout()
        .stdout_capture()
        .unchecked()
        .run()
        .ok()?;
    parse_ldd(&String::from_utf8_lossy(&output.stdout))
}

fn parse_ldd(text: &str) -> Option<String> {
    let mut lines = text.lines();
    let first = lines.next()?;
    if first.starts_with("musl") {
        let version = lines.find_map(|line| line.strip_prefix("Version "))?;
        return Some(format!("musl {}", version.trim()));
    }
    let version = first.split_whitespace().last()?;
    let is_number = version.starts_with(|c: char| c.is_ascii_digit());
    is_number.then(|| format!("glibc {version}"))
}

/// Smallest step that the clock showed and the mean cost of a reading, in nanoseconds.
fn clock() -> (Option<f64>, Option<f64>) {
    const READINGS: u32 = 2000;
    let start = Instant::now();
    let mut last = start;
    let mut step = None;
    for _ in 0..READINGS {
        let now = Instant::now();
        let gap = now.duration_since(last).as_nanos() as f64;
        if gap > 0.0 && step.is_none_or(|smallest| gap < smallest) {
            step = Some(gap);
        }
        last = now;
    }
    let cost = last.duration_since(start).as_nanos() as f64 / f64::from(READINGS);
    (step, (cost > 0.0).then_some(cost))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn reads_a_linux_machine() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for (file, text) in [
            (
                "proc/cpuinfo",
                "processor\t: 0\nmodel name\t: AMD EPYC\nmicrocode\t: 0x1000065\n\
                 flags\t\t: fpu hypervisor sse2\n",
            ),
            ("proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-3,8\n"),
            (
                "proc/meminfo",
                "MemTotal:        8060920 kB\nMemFree: 1 kB\n",
            ),
            ("proc/sys/kernel/ostype", "Linux\n"),
            ("proc/sys/kernel/osrelease", "6.18.44\n"),
            ("proc/sys/kernel/randomize_va_space", "2\n"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"),
            (
                "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
                "powersave\n",
            ),
            (
                "sys/kernel/mm/transparent_hugepage/enabled",
                "always [madvise] never\n",
            ),
            ("sys/class/dmi/id/sys_vendor", "QEMU\n"),
        ] {
            write(root, file, text);
        }
        assert_eq!(
            from_files(root),
            HostFacts {
                kernel: "Linux 6.18.44".to_owned(),
                cpu_model: "AMD EPYC".to_owned(),
                microcode: Some("0x1000065".to_owned()),
                cpus: 5,
                memory: 8_060_920 * 1024,
                governor: Some("powersave".to_owned()),
                boost: Some(false),
                hypervisor: Some("QEMU".to_owned()),
                aslr: Some(true),
                huge_pages: Some("madvise".to_owned()),
                ..HostFacts::default()
            }
        );
    }

    #[test]
    fn a_silent_machine_has_gaps_and_no_errors() {
        let dir = tempfile::tempdir().unwrap();
        let facts = from_files(dir.path());
        assert_eq!(facts.cpu_model, "unknown");
        assert!(facts.cpus >= 1);
        assert_eq!(
            (facts.governor, facts.boost, facts.aslr),
            (None, None, None)
        );
    }

    #[test]
    fn a_hypervisor_is_named_where_the_firmware_names_it() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(hypervisor(some("xen"), None, None, ""), some("xen"),);
        assert_eq!(hypervisor(None, None, None, "hypervisor"), some("unnamed"));
        assert_eq!(
            hypervisor(None, some("Amazon EC2"), some("c7g.large"), ""),
            some("Amazon EC2 c7g.large")
        );
        // Bare metal at the same provider, and a desk.
        assert_eq!(
            hypervisor(None, some("Amazon EC2"), some("c5.metal"), "fpu"),
            None
        );
        assert_eq!(hypervisor(None, some("LENOVO"), None, "fpu"), None);
    }

    #[test]
    fn both_c_libraries_are_recognised() {
        assert_eq!(
            parse_ldd("ldd (Debian GLIBC 2.36-9+deb12u10) 2.36\nCopyright\n").as_deref(),
            Some("glibc 2.36")
        );
        assert_eq!(
            parse_ldd("musl libc (x86_64)\nVersion 1.2.5\nDynamic Program Loader\n").as_deref(),
            Some("musl 1.2.5")
        );
        assert_eq!(parse_ldd("ldd: unknown option\n"), None);
    }

    #[test]
    fn the_clock_moves() {
        let (step, cost) = clock();
        assert!(step.is_some_and(|step| step > 0.0));
        assert!(cost.is_some_and(|cost| cost > 0.0));
    }
}

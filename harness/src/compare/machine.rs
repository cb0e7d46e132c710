//! What makes two runs incomparable, and what differs without doing so.

use super::Side;
use crate::record::{BuildReceipt, CellKey, HostFacts, RunFile};
use crate::spec::Experiment;

/// What differs between two machines, or two states of one, so that times on them cannot be compared; empty where
/// nothing does.
///
/// What decides how fast the same program runs: CPU and microcode, how many CPUs it may use, the kernel with its
/// release, the hypervisor, and the switches that move results by themselves (governor, boost, huge pages, address
/// space randomisation). A fact that one of the systems does not tell counts as a difference. The size of the memory,
/// the C library and the clock are no part of it; the comparison tells of the first two.
pub fn refusals(a: &HostFacts, b: &HostFacts) -> Vec<String> {
    fn text<T: ToString>(fact: Option<T>) -> String {
        fact.map_or("unknown".to_owned(), |fact| fact.to_string())
    }
    [
        ("CPU model", a.cpu_model.clone(), b.cpu_model.clone()),
        (
            "microcode",
            text(a.microcode.as_ref()),
            text(b.microcode.as_ref()),
        ),
        ("number of CPUs", a.cpus.to_string(), b.cpus.to_string()),
        ("CPU limit", text(a.cgroup_cpus), text(b.cgroup_cpus)),
        ("architecture", a.arch.clone(), b.arch.clone()),
        ("kernel", a.kernel.clone(), b.kernel.clone()),
        (
            "hypervisor",
            text(a.hypervisor.as_ref()),
            text(b.hypervisor.as_ref()),
        ),
        (
            "governor",
            text(a.governor.as_ref()),
            text(b.governor.as_ref()),
        ),
        ("boost", text(a.boost), text(b.boost)),
        (
            "huge pages",
            text(a.huge_pages.as_ref()),
            text(b.huge_pages.as_ref()),
        ),
        ("address space randomisation", text(a.aslr), text(b.aslr)),
    ]
    .into_iter()
    .filter_map(|(what, a, b)| differs(what, &a, &b))
    .collect()
}

fn differs(what: &str, a: &str, b: &str) -> Option<String> {
    (a != b).then(|| format!("{what}: {a} in the first run, {b} in the second"))
}

/// What a reader must know of two runs that can be compared.
pub(super) fn cautions(a: Side<'_>, b: Side<'_>) -> Vec<String> {
    let host = |run: &RunFile| {
        let limit = run.host.cgroup_memory.unwrap_or(run.host.memory);
        let memory = crate::units::Unit::Byte.show(limit.min(run.host.memory) as f64);
        (memory, run.host.libc.clone().unwrap_or_default())
    };
    let ((memory_a, libc_a), (memory_b, libc_b)) = (host(a.run), host(b.run));
    let mut lines: Vec<String> = [
        // Settings of a profile change how many processes there are, not what one of them does.
        differs("profile", &a.run.profile, &b.run.profile),
        differs("harness", &a.run.harness, &b.run.harness),
        differs("memory", &memory_a, &memory_b),
        differs("C library", &libc_a, &libc_b),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (name, now) in &b.run.definitions {
        if a.run.definitions.get(name).is_some_and(|then| then != now) {
            lines.push(format!(
                "the definition of {name} changed: both runs are judged by that of the second"
            ));
        }
    }
    for receipt in &b.run.builds {
        let then = a.run.builds.iter().find(|r| {
            (&r.experiment, &r.variant) == (&receipt.experiment, &receipt.variant)
                && receipt.go_line.is_none()
                && r.go_line.is_none()
        });
        let line = then.and_then(|r| {
            differs(
                &format!("compiler of {} {}", receipt.experiment, receipt.variant),
                &r.toolchain,
                &receipt.toolchain,
            )
        });
        lines.extend(line);
    }
    lines
}

/// Whether both runs measured the same binary of a cell's program, in the same layouts; `None` where a receipt is missing.
pub(super) fn same_binary(a: &RunFile, b: &RunFile, cell: &CellKey) -> Option<bool> {
    let (a, b) = (receipt(a, cell)?, receipt(b, cell)?);
    Some(a.binary == b.binary && a.other_layouts == b.other_layouts)
}

fn receipt<'r>(run: &'r RunFile, cell: &CellKey) -> Option<&'r BuildReceipt> {
    run.builds.iter().find(|receipt| {
        receipt.experiment == cell.experiment
            && receipt.variant == cell.variant
            && (cell.toolchain.is_empty() || receipt.toolchain == format!("go{}", cell.toolchain))
    })
}

/// What the definitions do differently with a cell of the same name: other flags or another environment make it
/// another measurement, whatever the key says. `None` where nothing differs.
pub(super) fn changed_settings(
    then: &Experiment,
    now: &Experiment,
    cell: &CellKey,
) -> Option<String> {
    fn variant<'e>(e: &'e Experiment, name: &str) -> Option<&'e crate::spec::Variant> {
        e.variants.iter().find(|v| v.name == name)
    }
    let (a, b) = (variant(then, &cell.variant)?, variant(now, &cell.variant)?);
    let param =
        |e: &Experiment, name: &str| e.params.get(name).map(|p| (p.env.clone(), p.unset.clone()));
    let what = if a.program != b.program || a.language != b.language {
        "its program"
    } else if a.args != b.args {
        "the arguments of its variant"
    } else if a.build_flags != b.build_flags {
        "the build flags of its variant"
    } else if a.env != b.env || then.run.env != now.run.env {
        "its environment"
    } else if cell
        .params
        .keys()
        .any(|name| param(then, name) != param(now, name))
    {
        "the way in which a parameter is given"
    } else {
        return None;
    };
    Some(format!("{what} changed in the definition"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fact_that_decides_is_named() {
        let host = HostFacts {
            cpu_model: "A1".into(),
            cpus: 8,
            kernel: "Linux 6.1".into(),
            memory: 1 << 30,
            ..HostFacts::default()
        };
        assert!(refusals(&host, &host).is_empty());
        let other = HostFacts {
            cpu_model: "B2".into(),
            cpus: 4,
            governor: Some("powersave".into()),
            ..host.clone()
        };
        assert_eq!(
            refusals(&host, &other),
            [
                "CPU model: A1 in the first run, B2 in the second",
                "number of CPUs: 8 in the first run, 4 in the second",
                "governor: unknown in the first run, powersave in the second",
            ]
        );
        let more_memory = HostFacts {
            memory: 1 << 31,
            libc: Some("glibc 2.39".into()),
            ..host.clone()
        };
        assert!(refusals(&host, &more_memory).is_empty());
    }
}

//! The clock of the CPUs, as the system states it.

use std::fs;

/// The highest clock of a CPU at this moment in MHz; right after some work that is the CPU that did it.
///
/// On bare metal with x86 the kernel derives it from counters of the core (APERF/MPERF). A guest is told the rate of its
/// time stamp counter, which is the nominal one whatever the core does; reading that counter would tell the same. ARM
/// kernels state nothing.
pub fn stated_mhz() -> Option<f64> {
    highest(&fs::read_to_string("/proc/cpuinfo").ok()?)
}

fn highest(cpuinfo: &str) -> Option<f64> {
    cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.trim() == "cpu MHz")
        .filter_map(|(_, value)| value.trim().parse::<f64>().ok())
        .filter(|mhz| mhz.is_finite() && *mhz > 0.0)
        .max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_cpu_counts() {
        let text = "processor\t: 0\ncpu MHz\t\t: 1200.000\nprocessor\t: 1\ncpu MHz\t\t: 3401.250\n";
        assert_eq!(highest(text), Some(3401.25));
        assert_eq!(
            highest("processor\t: 0\nBogoMIPS\t: 50.00\n"),
            None,
            "as on ARM"
        );
        assert_eq!(highest("cpu MHz : 0.000\n"), None);
    }
}

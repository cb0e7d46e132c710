/// A number of `/proc/self/status`: sizes (`VmRSS`, `VmHWM`, `VmSize`) in bytes, counts (`Threads`)
/// as they are. `None` where the system does not have it.
pub fn proc_status(field: &str) -> Option<u64> {
    status_field(&std::fs::read_to_string("/proc/self/status").ok()?, field)
}

fn status_field(text: &str, field: &str) -> Option<u64> {
    let (_, rest) = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| *name == field)?;
    let mut words = rest.split_whitespace();
    let number: u64 = words.next()?.parse().ok()?;
    Some(match words.next() {
        Some("kB") => number * 1024,
        _ => number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_in_bytes_and_counts_as_they_are() {
        let text = "Name:\tselftest\nVmHWM:\t    2048 kB\nThreads:\t3\n";
        assert_eq!(status_field(text, "VmHWM"), Some(2048 * 1024));
        assert_eq!(status_field(text, "Threads"), Some(3));
        assert_eq!(status_field(text, "Name"), None);
        assert_eq!(status_field(text, "Vm"), None);
    }
}

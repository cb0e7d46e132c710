//! Children whose memory the kernel caps.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::str::FromStr;

use rlimit::Resource;
use rust_equivalents::Probe;

use crate::MIB;

const CHUNK_BYTES: usize = 32 << 10;
const PAGE_BYTES: usize = 4096;
const SIGABRT: i32 = 6;

/// What the child keeps of what it allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    Everything,
    /// Everything, and a failed allocation is an error value.
    Fallibly,
}

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "nothing" => Ok(Keep::Nothing),
            "everything" => Ok(Keep::Everything),
            "fallibly" => Ok(Keep::Fallibly),
            _ => Err("neither nothing, everything nor fallibly".to_owned()),
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Keep::Nothing => "nothing",
            Keep::Everything => "everything",
            Keep::Fallibly => "fallibly",
        })
    }
}

/// Runs children whose data the kernel caps and that allocate three times as much.
pub(crate) fn out_of_memory(p: &mut Probe, cap_mib: u64) {
    for (key, keep) in [
        ("dropped", Keep::Nothing),
        ("kept", Keep::Everything),
        ("kept-fallibly", Keep::Fallibly),
    ] {
        p.outcome(key, fate(run_child(cap_mib, keep)));
    }
}

fn run_child(cap_mib: u64, keep: Keep) -> std::io::Result<Output> {
    Command::new(std::env::current_exe()?)
        .arg("--case=capped")
        .arg(format!("--keep={keep}"))
        .arg(format!("--cap-mib={cap_mib}"))
        .arg(format!("--alloc-mib={}", 3 * cap_mib))
        .env_remove("HARNESS_HOLD")
        .output()
}

/// How a child ended, in words.
fn fate(output: std::io::Result<Output>) -> String {
    let output = match output {
        Ok(output) => output,
        Err(error) => return format!("not started: {error}"),
    };
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.success() && stdout.contains(r#""allocation-failed""#) {
        return "error value".to_owned();
    }
    if output.status.success() {
        return "finished".to_owned();
    }
    if output.status.signal() == Some(SIGABRT) && stderr.contains("memory allocation of") {
        return "abort".to_owned();
    }
    output.status.to_string()
}

/// Allocates under a cap of the kernel, as a container would have one.
pub(crate) fn capped(p: &mut Probe, cap_mib: u64, total_mib: usize, keep: Keep) {
    let cap = cap_mib * MIB as u64;
    if let Err(error) = Resource::DATA.set(cap, cap) {
        eprintln!("gc-pauses: cannot cap memory: {error}");
        std::process::exit(1);
    }
    let mut kept = Vec::new();
    let mut sum = 0_u64;
    for _ in 0..total_mib * MIB / CHUNK_BYTES {
        let mut chunk = Vec::new();
        if keep != Keep::Fallibly {
            chunk.reserve_exact(CHUNK_BYTES);
        } else if chunk.try_reserve_exact(CHUNK_BYTES).is_err() {
            p.outcome("allocation-failed", true);
            break;
        }
        chunk.resize(CHUNK_BYTES, 0_u8);
        for page in chunk.chunks_mut(PAGE_BYTES) {
            page[0] = 1;
        }
        sum += u64::from(chunk[CHUNK_BYTES - PAGE_BYTES]);
        if keep != Keep::Nothing {
            kept.push(chunk);
        }
    }
    p.check(sum);
}

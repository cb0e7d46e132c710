//! Stacks and CPUs of threads.

use std::fmt::{self, Display};
use std::mem::MaybeUninit;
use std::str::FromStr;
use std::thread::Builder;

use nix::libc;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use crate::{OrFatal, fatal};

/// How much address space a thread's stack gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// What the standard library asks for: 2 MiB.
    StdDefault,
    /// What the C library gives a thread that does not ask.
    CDefault,
    /// So many KiB.
    KiB(usize),
}

impl Stack {
    /// A builder of threads with such a stack.
    pub fn builder(self) -> Builder {
        match self {
            Stack::StdDefault => Builder::new(),
            Stack::CDefault => Builder::new().stack_size(c_default_stack()),
            Stack::KiB(kib) => Builder::new().stack_size(kib * 1024),
        }
    }
}

impl FromStr for Stack {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "std-default" => Ok(Stack::StdDefault),
            "c-default" => Ok(Stack::CDefault),
            _ => (text.parse().map(Stack::KiB))
                .map_err(|_| "none of std-default, c-default, a number of KiB".to_owned()),
        }
    }
}

impl Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stack::StdDefault => f.write_str("std-default"),
            Stack::CDefault => f.write_str("c-default"),
            Stack::KiB(kib) => write!(f, "{kib}"),
        }
    }
}

/// The stack in bytes of a thread that is created without attributes.
#[expect(
    unsafe_code,
    reason = "no crate wraps the attributes of a thread that is yet to start"
)]
pub fn c_default_stack() -> usize {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut size = 0;
    // SAFETY: `pthread_attr_init` initialises the attributes before anything else uses them, both
    // pointers are valid for the calls, and the attributes are destroyed once.
    let failed = unsafe {
        let failed = libc::pthread_attr_init(attributes.as_mut_ptr());
        if failed == 0 {
            libc::pthread_attr_getstacksize(attributes.as_ptr(), &raw mut size);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
        }
        failed
    };
    if failed != 0 {
        fatal(
            "pthread_attr_init",
            std::io::Error::from_raw_os_error(failed),
        );
    }
    size
}

/// The lowest CPU that the process may use.
pub fn first_cpu() -> usize {
    let allowed = sched_getaffinity(Pid::from_raw(0)).or_fatal("sched_getaffinity");
    (0..CpuSet::count())
        .find(|&cpu| allowed.is_set(cpu).unwrap_or(false))
        .unwrap_or_else(|| fatal("sched_getaffinity", "the process may use no CPU"))
}

/// Ties the calling thread to `cpu`.
pub fn pin(cpu: usize) {
    let mut set = CpuSet::new();
    set.set(cpu).or_fatal("choose a CPU");
    sched_setaffinity(Pid::from_raw(0), &set).or_fatal("sched_setaffinity");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_read_as_they_are_written() {
        for text in ["std-default", "c-default", "64"] {
            let stack: Stack = text.parse().unwrap();
            assert_eq!(stack.to_string(), text);
        }
        assert!("large".parse::<Stack>().is_err());
    }

    #[test]
    fn the_c_library_has_a_default_of_whole_pages() {
        let size = c_default_stack();
        assert!(size >= 16 * 1024 && size.is_multiple_of(4096), "{size}");
    }
}

//! By how much push makes a vector larger, and what it costs not to say how large it will be: the job
//! of `go-programs/slice-growth` with `Vec`.

use std::fmt;
use std::hint::black_box;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use rust_equivalents::{Phase, Probe, Program, Unit};

/// Above that capacity Go's slices no longer double.
const THRESHOLD: usize = 256;
const LARGE_FROM: usize = 10_000;
const LARGEST: usize = 1_000_000;
const BATCH: Duration = Duration::from_millis(4);
const WARMUP: usize = 1;
const BATCHES: usize = 7;

/// The type of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Byte,
    Int,
    Triple,
}

impl FromStr for Element {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "byte" => Ok(Element::Byte),
            "int" => Ok(Element::Int),
            "triple" => Ok(Element::Triple),
            _ => Err("none of byte, int, triple".to_owned()),
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Element::Byte => "byte",
            Element::Int => "int",
            Element::Triple => "triple",
        })
    }
}

fn main() -> ExitCode {
    let mut program = Program::new("slice-growth");
    let element = program.param(
        "element",
        Element::Int,
        "type of the elements: byte, int, or triple (three of int)",
    );
    let n = program.param("n", 1000_usize, "elements that are appended");
    let presize = program.param(
        "presize",
        false,
        "make the vector with room for all of them",
    );
    program.case("append", "where a push writes to", append);
    program.case(
        "capacities",
        "capacities of a vector that grows from nothing",
        move |p| match element {
            Element::Byte => capacities::<u8>(p),
            Element::Int => capacities::<i64>(p),
            Element::Triple => capacities::<[i64; 3]>(p),
        },
    );
    program.case("growths", "how often a vector grows on the way", growths);
    program.case("fill", "time to append all elements", move |p| {
        fill(p, n, presize);
    });
    program.run()
}

fn append(p: &mut Probe) {
    let mut v = Vec::with_capacity(4);
    v.extend([0_i64, 0, 0]);
    let first = v.as_ptr();
    v.push(7);
    p.outcome("one-array-with-room", v.as_ptr() == first);
    let before = v.capacity();
    v.push(8);
    // The allocator may enlarge the array where it is: its address tells nothing.
    p.outcome("capacity-without-room", v.capacity() as i64);
    p.outcome("grows-without-room", v.capacity() > before);
}

fn capacities<T: Copy + Default>(p: &mut Probe) {
    let mut v: Vec<T> = Vec::new();
    let mut first = Vec::new();
    let mut doubles = true;
    while v.capacity() < LARGEST {
        let old = v.capacity();
        v.resize(old, T::default());
        v.push(T::default());
        let new = v.capacity();
        if new <= 4 * THRESHOLD {
            first.push(new.to_string());
        }
        if old == 0 {
            continue;
        }
        doubles &= new == 2 * old;
        let factor = new as f64 / old as f64;
        p.sample_at("growth", Unit::One, Phase::Measure, 1, factor, old as f64);
        if old < THRESHOLD {
            p.sample("small-growth", Unit::One, Phase::Measure, 1, factor);
        } else if old >= LARGE_FROM {
            p.sample("large-growth", Unit::One, Phase::Measure, 1, factor);
        }
    }
    p.outcome("first-capacities", first.join(" "));
    p.outcome("doubles-each-time", doubles);
}

fn growths(p: &mut Probe) {
    let mut least = u32::MAX;
    let mut most = 0;
    for n in [10, 1000, 1_000_000] {
        let times = grows(Vec::new(), n);
        p.outcome(&format!("growths-to-{n}"), i64::from(times));
        least = least.min(times);
        most = most.max(grows(Vec::with_capacity(n), n));
    }
    p.outcome("grows-again-and-again", least > 1);
    p.outcome("growths-when-presized", i64::from(most));
}

fn grows(mut v: Vec<i64>, n: usize) -> u32 {
    let mut times = 0;
    for i in 0..n {
        let before = v.capacity();
        v.push(i as i64);
        times += u32::from(before > 0 && v.capacity() != before);
    }
    times
}

fn fill(p: &mut Probe, n: usize, presize: bool) {
    let build = if presize { presized } else { grown };
    p.bench("fill", BATCH, WARMUP, BATCHES, |slices| {
        for _ in 0..slices {
            black_box(build(black_box(n)));
        }
    });
    let sum: i64 = (0..).zip(build(n)).map(|(i, v)| v ^ (i >> 1)).sum();
    p.check(sum);
}

#[inline(never)]
fn grown(n: usize) -> Vec<i64> {
    let mut v = Vec::new();
    for i in 0..n {
        v.push(i as i64);
    }
    v
}

#[inline(never)]
fn presized(n: usize) -> Vec<i64> {
    let mut v = Vec::with_capacity(n);
    for i in 0..n {
        v.push(i as i64);
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presized_vectors_do_not_grow() {
        assert_eq!(grows(Vec::with_capacity(100), 100), 0);
        assert!(grows(Vec::new(), 100) > 1);
    }
}

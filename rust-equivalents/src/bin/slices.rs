//! What arrays copy, what a slice is made of, and what two parts of one array may share: the job of
//! `go-programs/slices` where Rust allows it.

use std::cell::Cell;
use std::hint::black_box;
use std::process::ExitCode;

use rust_equivalents::{Probe, Program, panics};

fn main() -> ExitCode {
    let mut program = Program::new("slices");
    program.case(
        "arrays",
        "what assigning and cloning an array copies",
        arrays,
    );
    program.case("header", "what slices and vectors are made of", header);
    program.case(
        "passing",
        "what a function can change in its caller's elements",
        passing,
    );
    program.case("sharing", "writing through a part of a vector", sharing);
    program.case("appending", "appending to a copy of a part", appending);
    program.case("limited", "parts that cannot grow", limited);
    program.case("quiz", "a vector and its clone, both appended to", quiz);
    program.run()
}

fn text(numbers: &[i64]) -> String {
    format!("{numbers:?}").replace(',', "")
}

fn arrays(p: &mut Probe) {
    let numbers = [1, 2, 3];
    let mut assigned = numbers;
    assigned[0] = 99;
    p.outcome("original-after-assignment", text(&numbers));
    p.outcome("copy-after-assignment", text(&assigned));
    overwrite(numbers);
    p.outcome("original-after-call", text(&numbers));
    p.outcome("compared-by-elements", numbers == [1, 2, 3]);

    let boxes = [Box::new(1_i64)];
    let mut cloned = boxes.clone();
    *cloned[0] = 99;
    black_box(&cloned);
    p.outcome("behind-box-after-write-to-clone", *boxes[0]);
    let x = Cell::new(1_i64);
    let references = [&x];
    let copied = references;
    copied[0].set(99);
    p.outcome("behind-reference-after-write-to-copy", references[0].get());
}

#[inline(never)]
fn overwrite(mut a: [i64; 3]) {
    a[0] = 99;
    black_box(a);
}

fn header(p: &mut Probe) {
    p.outcome("vec-bytes", size_of::<Vec<i32>>() as i64);
    p.outcome("slice-bytes", size_of::<&[i32]>() as i64);
    p.outcome("boxed-slice-bytes", size_of::<Box<[i32]>>() as i64);
}

fn passing(p: &mut Probe) {
    let mut v = vec![1, 2, 3];
    write(&mut v);
    p.outcome("after-write", text(&v));
    extend(&mut v);
    p.outcome("length-after-append-through-pointer", v.len() as i64);
    p.outcome("after-append-to-a-moved-vec", text(&extended(v)));
}

#[inline(never)]
fn write(s: &mut [i64]) {
    s[0] = 99;
}

#[inline(never)]
fn extend(v: &mut Vec<i64>) {
    v.push(99);
}

#[inline(never)]
fn extended(mut v: Vec<i64>) -> Vec<i64> {
    v.push(99);
    v
}

fn sharing(p: &mut Probe) {
    let mut whole = vec![10, 20, 30, 40, 50];
    let part = &mut whole[1..3];
    part[0] = 99;
    p.outcome("part", text(part));
    p.outcome("whole-after-write-to-part", text(&whole));

    // The parts of split_at_mut cannot overlap.
    let (first, second) = whole.split_at_mut(2);
    first[0] = 1;
    second[0] = 2;
    p.outcome("whole-after-writes-to-both-halves", text(&whole));

    // Cells are the way to let two parts overlap and both be written through.
    let cells = Cell::from_mut(whole.as_mut_slice()).as_slice_of_cells();
    let (left, right) = (&cells[..3], &cells[1..]);
    left[1].set(77);
    p.outcome("part-after-write-to-overlapping-part", right[0].get());

    let whole = vec![10, 20, 30, 40, 50];
    let mut copied = whole[1..3].to_vec();
    copied[0] = 99;
    black_box(&copied);
    p.outcome("whole-after-write-to-copied-part", text(&whole));
}

fn appending(p: &mut Probe) {
    let whole = [10, 20, 30, 40, 50];
    let mut part = whole[..3].to_vec();
    part.push(99);
    p.outcome("part-after-append", text(&part));
    p.outcome("element-behind-the-part", whole[3]);
}

fn limited(p: &mut Probe) {
    let whole = [10, 20, 30, 40, 50];
    let part = &whole[1..3];
    let said = panics(|| text(&part[..black_box(3)]));
    p.outcome(
        "sliced-beyond-its-length",
        said.is_some_and(|said| said.contains("out of range")),
    );
}

fn quiz(p: &mut Probe) {
    let mut first = Vec::with_capacity(5);
    first.push(1);
    let mut second = first.clone();
    second.push(2);
    first.push(3);
    p.outcome("printed", format!("{} {}", text(&first), text(&second)));
}

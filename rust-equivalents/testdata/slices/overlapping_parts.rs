//! Two parts of one array, both for writing.
#![crate_type = "lib"]

pub fn write(mut whole: Vec<i64>) {
    let first = &mut whole[..3];
    let second = &mut whole[1..];
    first[0] = 1;
    second[0] = 2;
}

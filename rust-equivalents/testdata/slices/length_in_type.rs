//! An array of ten where one of five is wanted.
#![crate_type = "lib"]

pub fn sum(a: [i64; 5]) -> i64 {
    a[0]
}

pub fn call() -> i64 {
    sum([0; 10])
}

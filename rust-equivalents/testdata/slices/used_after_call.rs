//! A Vec that is used after it was given to a function.
#![crate_type = "lib"]

pub fn take(v: Vec<i64>) -> usize {
    v.len()
}

pub fn call(v: Vec<i64>) -> usize {
    take(v) + v.len()
}

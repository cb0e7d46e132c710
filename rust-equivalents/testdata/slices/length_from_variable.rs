//! An array whose length comes from a variable.
#![crate_type = "lib"]

pub fn last(n: usize) -> i64 {
    let a = [0_i64; n];
    a[n - 1]
}

//! A value that is taken without a look at the error.
#![crate_type = "lib"]

pub fn fails() -> Result<i64, String> {
    Err(String::from("not there"))
}

pub fn used() -> i64 {
    let n: i64 = fails();
    n
}

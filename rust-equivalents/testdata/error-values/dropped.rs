//! A call whose error is dropped.
#![crate_type = "lib"]

pub fn fails() -> Result<i64, String> {
    Err(String::from("not there"))
}

pub fn dropped() {
    fails();
}

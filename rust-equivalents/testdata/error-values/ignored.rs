//! A call whose error is dropped on purpose.
#![crate_type = "lib"]

pub fn fails() -> Result<i64, String> {
    Err(String::from("not there"))
}

pub fn ignored() {
    let _ = fails();
}

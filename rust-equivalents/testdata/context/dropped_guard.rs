//! A guard that cancels when it is dropped, and that nobody keeps.
#![crate_type = "lib"]
#![deny(unused_must_use)]

#[must_use = "it cancels when it is dropped"]
pub struct CancelOnDrop;

pub fn guard() -> CancelOnDrop {
    CancelOnDrop
}

pub fn work() {
    guard();
}

//! Appending to a part of a Vec.
#![crate_type = "lib"]

pub fn append(mut whole: Vec<i64>) {
    let part = &mut whole[..3];
    part.push(99);
}

//! Writing through a part while the whole is read.
#![crate_type = "lib"]

pub fn write(mut whole: Vec<i64>) {
    let part = &mut whole[1..3];
    println!("{}", whole[1]);
    part[0] = 99;
}

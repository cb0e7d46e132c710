//! A guard that reads a variable when it is dropped, while the variable is changed.
#![crate_type = "lib"]

pub struct Guard<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for Guard<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

pub fn changed() {
    let mut x = 1;
    let _guard = Guard(|| println!("{x}"));
    x = 2;
}

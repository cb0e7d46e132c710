use std::sync::mpsc::channel;

fn main() {
    let (sender, _receiver) = channel::<i32>();
    drop(sender);
    drop(sender);
}

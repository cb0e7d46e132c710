use std::sync::mpsc::Receiver;

fn main() {
    let receiver: Receiver<i32>;
    let _ = receiver.recv();
}

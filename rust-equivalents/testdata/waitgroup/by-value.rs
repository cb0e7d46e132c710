use std::sync::mpsc::{Sender, channel};
use std::thread;

fn worker(done: Sender<()>) {
    drop(done);
}

fn main() {
    let (done, all) = channel();
    thread::spawn(move || worker(done));
    thread::spawn(move || worker(done));
    let _ = all.recv();
}

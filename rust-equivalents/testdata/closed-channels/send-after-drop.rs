use std::sync::mpsc::channel;

fn main() {
    let (sender, _receiver) = channel();
    drop(sender);
    let _ = sender.send(1);
}

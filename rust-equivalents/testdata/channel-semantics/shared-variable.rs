use std::sync::mpsc::sync_channel;
use std::thread;

fn main() {
    let mut written = 0;
    let (sender, receiver) = sync_channel(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            let receiver = receiver;
            written = 1;
            receiver.recv().unwrap();
        });
        sender.send(1).unwrap();
        println!("{written}");
    });
}

use std::thread;

fn main() {
    let mut threads = Vec::new();
    for url in ["a", "b", "c"].map(String::from) {
        threads.push(thread::spawn(|| println!("{url}")));
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

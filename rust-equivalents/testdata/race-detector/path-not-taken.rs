use std::thread;

fn main() {
    if std::env::args().count() > 100 {
        let mut counter = 0;
        thread::scope(|scope| {
            scope.spawn(|| counter += 1);
            scope.spawn(|| counter += 1);
        });
    }
}

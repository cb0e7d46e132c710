use std::collections::HashMap;
use std::thread;

fn main() {
    let mut map = HashMap::new();
    thread::scope(|scope| {
        scope.spawn(|| map.insert("a", 1));
        scope.spawn(|| map.insert("b", 2));
    });
}

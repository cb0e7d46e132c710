//! One thread reads a map, another one writes to it, without a lock.

use std::collections::HashMap;
use std::thread;

fn main() {
    let mut map = HashMap::from([(1, 1)]);
    thread::scope(|scope| {
        scope.spawn(|| map.get(&1).copied());
        scope.spawn(|| map.insert(1, 3));
    });
}

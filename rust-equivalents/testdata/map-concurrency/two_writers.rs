//! Two threads write to one map without a lock.

use std::collections::HashMap;
use std::thread;

fn main() {
    let mut map = HashMap::from([(1, 1)]);
    thread::scope(|scope| {
        scope.spawn(|| map.insert(1, 2));
        scope.spawn(|| map.insert(1, 3));
    });
}

//! Two threads write to one map without a guard.

use std::collections::HashMap;
use std::thread;

fn main() {
    let mut map = HashMap::new();
    thread::scope(|scope| {
        scope.spawn(|| map.insert(1, 1));
        scope.spawn(|| map.insert(2, 2));
    });
}
